import type { TaskStage } from './stages.ts';
import type { TaskState } from './task-state.ts';

/** What a lane grants. `admission` covers created to testing; slots are one task each. Source: ORCH-088, I7. */
export type GrantKind = 'admission' | 'staging' | 'production';

/** A task's request. Repeating it is harmless: every request is answered, duplicates included. */
export interface GrantRequest {
  requestId: string;
  workflowId: string;
  life: string;
  kind: GrantKind;
  /** true = the task held this grant before and rejoins first in line */
  rejoin: boolean;
}

/** The lane's answer to one request, sent as the signal `laneAnswered`. */
export type LaneAnswer =
  | { kind: 'granted'; requestId: string; fence: number }
  | { kind: 'queued'; requestId: string; position: number; reason: string };

/** A request the lane knows: granted (fence set) or queued (fence null). */
export interface LaneEntry extends GrantRequest {
  fence: number | null;
}

/** A lane's state, carried across continue-as-new. */
export interface LaneState {
  lastFence: number;
  holders: readonly LaneEntry[];
  queue: readonly LaneEntry[];
  /** workflows hinted when a commit status arrives */
  tasks: readonly string[];
}

const ADMITTED: ReadonlySet<TaskStage> = new Set([
  'analysis',
  'architecture',
  'development',
  'review',
  'testing',
]);

/**
 * Whether a task must hold admission before its stage begins. `created` asks once it knows there is a start, an analysis that
 * only waits for a person needs none, and stages after testing need only their slots. Source: ORCH-088.
 */
export function needsAdmission({
  stage,
  analysis,
}: Pick<TaskState, 'stage' | 'analysis'>): boolean {
  const isPersonsTurn = stage === 'analysis' && analysis !== 'none';
  return ADMITTED.has(stage) && !isPersonsTurn;
}

/** A lane that knows nobody. */
export const EMPTY_LANE: LaneState = { lastFence: 0, holders: [], queue: [], tasks: [] };

/** A change of the lane and whom it must answer. */
export interface LaneChange {
  state: LaneState;
  answers: readonly { workflowId: string; answer: LaneAnswer }[];
}

/**
 * Takes a request in. A known one is answered again; one of a new life of the same workflow drops what the old life held.
 * `now` in ms since the epoch: fences never go back, even when a lane is made anew. Source: architecture 4.
 */
export function takeRequest(state: LaneState, request: GrantRequest, now: number): LaneChange {
  const isOld = (entry: LaneEntry): boolean =>
    entry.workflowId === request.workflowId && entry.life !== request.life;
  const known = [...state.holders, ...state.queue].find(
    (entry) => entry.requestId === request.requestId,
  );
  if (known) return { state, answers: [answerTo(known, state)] };
  const entry: LaneEntry = { ...request, fence: null };
  const queue = state.queue.filter((queued) => !isOld(queued));
  const next: LaneState = {
    ...state,
    holders: state.holders.filter((holder) => !isOld(holder)),
    queue: lineUp(queue, entry),
    tasks: [...new Set([...state.tasks, request.workflowId])],
  };
  const change = grantFree(next, now);
  const isGranted = change.answers.some((a) => a.answer.requestId === request.requestId);
  return isGranted
    ? change
    : { ...change, answers: [...change.answers, answerTo(entry, change.state)] };
}

/** First come, first served; who rejoins stands before all who never held, behind those who rejoined earlier. */
function lineUp(queue: readonly LaneEntry[], entry: LaneEntry): readonly LaneEntry[] {
  if (!entry.rejoin) return [...queue, entry];
  return [
    ...queue.filter((queued) => queued.rejoin),
    entry,
    ...queue.filter((queued) => !queued.rejoin),
  ];
}

/** Gives back grants or withdraws queued requests; unknown ids change nothing. */
export function dropRequests(
  state: LaneState,
  requestIds: readonly string[],
  now: number,
): LaneChange {
  const stays = (entry: LaneEntry): boolean => !requestIds.includes(entry.requestId);
  return grantFree(
    { ...state, holders: state.holders.filter(stays), queue: state.queue.filter(stays) },
    now,
  );
}

/** Forgets a task that is over, with everything that life held or asked for. */
export function forgetTask(
  state: LaneState,
  task: { workflowId: string; life: string },
  now: number,
): LaneChange {
  const mine = [...state.holders, ...state.queue].filter(
    (entry) => entry.workflowId === task.workflowId && entry.life === task.life,
  );
  const change = dropRequests(
    state,
    mine.map((entry) => entry.requestId),
    now,
  );
  const tasks = change.state.tasks.filter((id) => id !== task.workflowId);
  return { ...change, state: { ...change.state, tasks } };
}

/** Grants every free place to the first in its line. */
function grantFree(state: LaneState, now: number): LaneChange {
  let current = state;
  const answers: { workflowId: string; answer: LaneAnswer }[] = [];
  for (const kind of ['admission', 'staging', 'production'] as const) {
    const isTaken = current.holders.some((holder) => holder.kind === kind);
    const first = current.queue.find((entry) => entry.kind === kind);
    if (isTaken || !first) continue;
    const fence = Math.max(current.lastFence + 1, now);
    const holder: LaneEntry = { ...first, fence };
    current = {
      ...current,
      lastFence: fence,
      holders: [...current.holders, holder],
      queue: current.queue.filter((entry) => entry !== first),
    };
    answers.push(answerTo(holder, current));
  }
  return { state: current, answers };
}

function answerTo(entry: LaneEntry, state: LaneState): { workflowId: string; answer: LaneAnswer } {
  const { requestId, workflowId, kind, fence } = entry;
  if (fence !== null) return { workflowId, answer: { kind: 'granted', requestId, fence } };
  const line = state.queue.filter((queued) => queued.kind === kind);
  const position = line.findIndex((queued) => queued.requestId === requestId) + 1;
  const holder = state.holders.find((held) => held.kind === kind);
  const reason = `${kind} is held by ${holder?.workflowId.replace(/^task:/, '') ?? 'nobody'}`;
  return { workflowId, answer: { kind: 'queued', requestId, position, reason } };
}
