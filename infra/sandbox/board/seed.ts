import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import type { BoardContext } from './board-context.ts';
import { newRecord, statesOf } from './board-context.ts';
import { timestampNow } from './microsecond-clock.ts';
import { STATE_GROUPS } from './records.ts';
import type { Board, Label, Project, State, StateGroup, User } from './records.ts';

const DEFAULT_STATES: { name: string; group: StateGroup }[] = [
  { name: 'Backlog', group: 'backlog' },
  { name: 'To Analyse', group: 'unstarted' },
  { name: 'Estimate', group: 'unstarted' },
  { name: 'Analysis', group: 'started' },
  { name: 'Needs Input', group: 'started' },
  { name: 'In Review', group: 'started' },
  { name: 'Approved', group: 'unstarted' },
  { name: 'Rejected', group: 'unstarted' },
  { name: 'Architecture', group: 'started' },
  { name: 'Development', group: 'started' },
  { name: 'Code Review', group: 'started' },
  { name: 'Testing', group: 'started' },
  { name: 'Deploying (staging)', group: 'started' },
  { name: 'Awaiting Deploy', group: 'started' },
  { name: 'Confirm Deploy', group: 'unstarted' },
  { name: 'Deploying', group: 'started' },
  { name: 'Monitoring after Deploy', group: 'started' },
  { name: 'Blocked', group: 'started' },
  { name: 'Done', group: 'completed' },
  { name: 'Cancelled', group: 'cancelled' },
  { name: 'STOP', group: 'cancelled' },
];

const BoardSeed = z.object({
  workspace: z.string().optional(),
  users: z
    .array(z.object({ name: z.string(), token: z.string(), bot: z.boolean().default(false) }))
    .default([]),
  projects: z
    .array(
      z.object({
        identifier: z.string(),
        name: z.string(),
        members: z.array(z.string()).optional(),
        states: z.array(z.object({ name: z.string(), group: z.enum(STATE_GROUPS) })).optional(),
        labels: z.array(z.string()).default([]),
      }),
    )
    .default([]),
  webhook: z.object({ url: z.url(), secret: z.string() }).nullable().optional(),
  rateLimitPerMinute: z.number().int().min(1).optional(),
});
type ProjectSeed = z.infer<typeof BoardSeed>['projects'][number];

/** Brings the board in line with a seed section; what is there stays; members and webhook, where given, become exactly the given ones; a project without states gets the product's. Throws ZodError on nonsense. */
export function seedBoard({ board, save }: BoardContext, section: unknown): void {
  const seed = BoardSeed.parse(section);
  board.workspace ??= { id: randomUUID(), slug: seed.workspace ?? 'acme' };
  for (const user of seed.users) seedUser(board, user);
  for (const project of seed.projects) seedProject(board, project);
  if (seed.webhook === null) board.webhook = null;
  else if (seed.webhook !== undefined) {
    board.webhook = { id: board.webhook?.id ?? randomUUID(), ...seed.webhook, isActive: true };
  }
  board.rateLimitPerMinute = seed.rateLimitPerMinute ?? board.rateLimitPerMinute;
  save();
}

function seedUser(
  board: Board,
  { name, token, bot }: Omit<User, 'id' | 'profile'> & { name: string },
): void {
  const known = board.users.find(({ profile }) => profile.display_name === name);
  if (known !== undefined) {
    Object.assign(known, { token, bot });
    return;
  }
  const id = randomUUID();
  const profile = {
    id,
    first_name: name.charAt(0).toUpperCase() + name.slice(1),
    last_name: '',
    email: `${name}@example.com`,
    avatar: '',
    avatar_url: null,
    display_name: name,
  };
  board.users.push({ id, token, bot, profile });
}

function seedProject(board: Board, seed: ProjectSeed): void {
  let project = board.projects.find(({ identifier }) => identifier === seed.identifier);
  if (project === undefined) {
    const at = timestampNow();
    const { identifier, name } = seed;
    project = {
      id: randomUUID(),
      identifier,
      name,
      created_at: at,
      updated_at: at,
      memberIds: [],
      lastSequenceId: 0,
    };
    board.projects.push(project);
  }
  project.memberIds = seed.members?.map((name) => userIdOf(board, name)) ?? project.memberIds;
  const states = seed.states ?? (statesOf(board, project).length === 0 ? DEFAULT_STATES : []);
  for (const state of states) addState(board, project, { actor: null, color: '#888', ...state });
  for (const name of seed.labels) addLabel(board, project, { actor: null, name, color: '#888' });
}

function userIdOf(board: Board, name: string): string {
  const user = board.users.find(({ profile }) => profile.display_name === name);
  if (user === undefined) throw new z.ZodError([issue(`member ${name} is not among the users`)]);
  return user.id;
}

const issue = (message: string) => ({
  code: 'custom' as const,
  path: ['projects'],
  message,
  input: null,
});

/** Adds a state at the end of the board; returns the one of that name, and whether it is new. The first of group backlog becomes the default. */
export function addState(
  board: Board,
  project: Project,
  wanted: { actor: User | null; name: string; color: string; group: StateGroup },
): { state: State; isNew: boolean } {
  const states = statesOf(board, project);
  const known = states.find(({ name }) => name === wanted.name);
  if (known !== undefined) return { state: known, isNew: false };
  const { name, color, group, actor } = wanted;
  const state: State = {
    ...newRecord(board, project, actor),
    name,
    description: '',
    color,
    slug: name
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}]+/gu, '-')
      .replaceAll(/^-|-$/g, ''),
    sequence: (states.at(-1)?.sequence ?? -5000) + 15_000,
    group,
    is_triage: false,
    default: group === 'backlog' && !states.some((candidate) => candidate.default),
    external_source: null,
    external_id: null,
  };
  board.states.push(state);
  return { state, isNew: true };
}

/** Adds a label; returns the one of that name, and whether it is new. */
export function addLabel(
  board: Board,
  project: Project,
  { actor, name, color }: { actor: User | null; name: string; color: string },
): { label: Label; isNew: boolean } {
  const known = board.labels.find((label) => label.project === project.id && label.name === name);
  if (known !== undefined) return { label: known, isNew: false };
  const label: Label = {
    ...newRecord(board, project, actor),
    name,
    description: '',
    color,
    sort_order: 65_535,
    external_source: null,
    external_id: null,
    parent: null,
  };
  board.labels.push(label);
  return { label, isNew: true };
}
