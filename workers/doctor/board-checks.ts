import { createPlaneClient } from '../../activities/clients/plane/client.ts';
import type { BoardClient, BoardState } from '../../activities/clients/plane/client.ts';
import type { BoardStatus } from '../../workflows/domain/effects.ts';
import type { Gesture } from '../../workflows/domain/gestures.ts';
import type { Project } from '../../workflows/domain/project.ts';
import { ourNameOf, STATUSES, stateFor } from '../../workflows/domain/status-names.ts';
import { ok, problem, warning } from './finding.ts';
import type { Check, Finding } from './finding.ts';

/** A board and the keys a process has for it, by the setting each is in. */
export interface BoardAccess {
  url: string;
  tokens: Readonly<Record<string, string>>;
}

const TIMEOUT_MS = 10_000;
const FIX = 'is ORCH_PLANE_URL right, the server up, and the key valid?';

/** What is lost on a board without the gesture, and the way out there is. */
const GESTURES: Readonly<
  Record<Exclude<Gesture, 'Estimate'>, { lost: string; group: string; isVital: boolean }>
> = {
  'To Analyse': { lost: 'nothing can be started or resumed', group: 'unstarted', isVital: true },
  Approved: {
    lost: 'a package passes only by the label autoApprove',
    ...{ group: 'unstarted', isVital: true },
  },
  Rejected: { lost: 'a package cannot be sent back', group: 'unstarted', isVital: false },
  'Confirm Deploy': {
    lost: 'a deploy needs the label autoDeploy or confirmation: auto',
    ...{ group: 'unstarted', isVital: true },
  },
  STOP: { lost: 'stop with "orch task stop <ID>"', group: 'cancelled', isVital: false },
};

/** Whether each key is one, and whether every project's board has what we read and set. */
export function boardChecks(access: BoardAccess, projects: readonly Project[]): readonly Check[] {
  const entries = Object.entries(access.tokens);
  const clientOf = (token: string): BoardClient =>
    createPlaneClient({
      ...{ url: access.url, sharedToken: token, roleTokens: {}, timeoutMs: TIMEOUT_MS },
    });
  const first = entries[0]?.[1] ?? '';
  return [
    ...entries.map(([setting, token]) => ({
      name: `board key ${setting}`,
      fix: `${FIX} (${setting})`,
      look: async () => {
        const [id] = await clientOf(token).botIds();
        return [ok(`board key ${setting}`, `valid, user ${id ?? 'unknown'}`)];
      },
    })),
    ...projects.map((project) => ({
      name: `board of ${project.key}`,
      fix: `${FIX} Is projects.${project.key}.board right, and the bot a member?`,
      look: () => checkBoard(clientOf(first), project),
    })),
  ];
}

async function checkBoard(client: BoardClient, project: Project): Promise<readonly Finding[]> {
  const check = `board of ${project.key}`;
  const states = await client.listStates(project.board);
  const findings = [
    ...checkGestures(check, project, states),
    ...checkStatuses(check, project, states),
  ];
  return findings.length > 0
    ? findings
    : [ok(check, `${states.length} states, every gesture and status is there`)];
}

function checkGestures(check: string, project: Project, states: readonly BoardState[]): Finding[] {
  return Object.entries(GESTURES).flatMap(([gesture, { lost, group, isVital }]) => {
    const state = states.find(({ name }) => ourNameOf(name, project.statusAliases) === gesture);
    const fix = `make a state "${gesture}" in group ${group}, or name one in statusAliases`;
    if (state === undefined) {
      const find = isVital ? problem : warning;
      return [find(check, `no gesture ${gesture}: ${lost}`, fix)];
    }
    return state.group === group
      ? []
      : [warning(check, `gesture ${gesture} is in group ${state.group}`, `move it to ${group}`)];
  });
}

function checkStatuses(check: string, project: Project, states: readonly BoardState[]): Finding[] {
  const shown = STATUSES.map((status: BoardStatus) => ({
    status,
    state: stateFor(status, states, project.statusAliases),
  }));
  const absent = shown.filter(({ state }) => state === null).map(({ status }) => status);
  const stoodFor = shown.filter(
    ({ status, state }) =>
      state !== null && ourNameOf(state.name, project.statusAliases) !== status,
  );
  const fix = 'make the states, or name others in statusAliases';
  return [
    ...(absent.length === 0 ? [] : [problem(check, `no status ${absent.join(', ')}`, fix)]),
    ...(stoodFor.length === 0
      ? []
      : [
          warning(
            check,
            `shown as ${[...new Set(stoodFor.map(({ state }) => state?.name))].join(', ')}: ${stoodFor.map(({ status }) => status).join(', ')}`,
            fix,
          ),
        ]),
  ];
}
