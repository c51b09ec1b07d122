import { z } from 'zod';
import type { Project } from '../../workflows/domain/project.ts';
import { toTaskId } from '../../workflows/domain/ids.ts';
import { ignored } from '../hint.ts';
import type { Hint, Translation } from '../hint.ts';

/** What a board delivery is read against. */
export interface PlaneWorld {
  projects: readonly Project[];
  /** user ids of our bots */
  botIds: readonly string[];
}

/** The parts of a payload v1 that are used, of any event. */
const Envelope = z.object({
  event: z.string(),
  action: z.string(),
  data: z.object({ project: z.string().optional() }),
  activity: z.object({ actor: z.object({ id: z.string() }).nullish() }).nullish(),
});

const ItemEvent = z.object({
  data: z.object({
    id: z.string().min(1),
    name: z.string(),
    sequence_id: z.number().int().positive(),
    state: z.object({ name: z.string() }).nullish(),
  }),
});

/**
 * What a board delivery means. Only a changed work item can be news: creation starts nothing, comments move nothing, echoes of
 * our own writes are dropped. Throws ZodError when a part that is used is missing. Source: I2, I16, BUG 3.
 */
export function translatePlane(body: unknown, world: PlaneWorld): Translation {
  const { event, action, data, activity } = Envelope.parse(body);
  const project = world.projects.find((known) => known.board.projectId === data.project);
  if (project === undefined) {
    return ignored('unknown-project', `board project ${data.project ?? '(none)'} is not ours`);
  }
  if (world.botIds.includes(activity?.actor?.id ?? '')) {
    return ignored('echo', 'written by one of our bots');
  }
  // Before mid 2024 the action was spelt without its ending.
  if (event !== 'issue' || !/^updated?$/.test(action)) {
    return ignored('irrelevant', `${event} ${action} moves no task`);
  }
  return { kind: 'hint', hint: hintOf(project, ItemEvent.parse(body).data) };
}

function hintOf(project: Project, item: z.infer<typeof ItemEvent>['data']): Hint {
  const id = toTaskId(`${project.prefix}-${item.sequence_id}`);
  if (!couldStart(project, item.state?.name ?? '')) return { kind: 'board', id };
  const input = { project: project.key, id, itemId: item.id, repo: project.repo };
  return { kind: 'start', input, title: item.name };
}

/** Only chooses signal-with-start; whether anything starts is read from the board's own log. Source: architecture 2.2. */
function couldStart(project: Project, stateName: string): boolean {
  const fold = (name: string): string => name.trim().toLowerCase();
  const names = ['To Analyse', ...(project.statusAliases['To Analyse'] ?? [])];
  return names.some((name) => fold(name) === fold(stateName));
}
