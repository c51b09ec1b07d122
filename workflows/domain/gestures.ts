import type { BoardItem, StateEntry } from './board-item.ts';
import type { TaskState } from './task-state.ts';

/** Board states that are a person's command, by our own names (aliases are resolved where the board is read). */
export const GESTURES = [
  'To Analyse',
  'Approved',
  'Rejected',
  'Confirm Deploy',
  'STOP',
  'Estimate',
] as const;
export type Gesture = (typeof GESTURES)[number];

/** Whether a state name is a gesture. */
export function isGesture(name: string): name is Gesture {
  return (GESTURES as readonly string[]).includes(name);
}

/**
 * The entry that starts a life: the item is in To Analyse now and the newest human entry, later than `after`, is that change.
 * An item made by a stranger never starts. Null = nothing to start. Source: architecture 2.3, Clinejection.
 */
export function findStart(item: BoardItem, after: string): StateEntry | null {
  if (item.stateName !== 'To Analyse' || !item.humanIds.includes(item.createdById)) return null;
  const newest = item.entries.findLast((entry) => item.humanIds.includes(entry.actorId));
  return newest?.to === 'To Analyse' && newest.at > after ? newest : null;
}

/** Whether the state is newer than the log: the entry that explains it has not appeared yet. */
export function logLags(item: BoardItem): boolean {
  const newest = item.entries.at(-1);
  return isGesture(item.stateName) && newest?.to !== item.stateName;
}

/** Human entries of this life not yet consumed, split by what becomes of them; oldest first. */
export interface GestureReading {
  stop: StateEntry | null;
  /** the newest one that is not STOP: the only one that acts */
  acting: StateEntry | null;
  superseded: readonly StateEntry[];
  /** ids to remember as consumed */
  consumed: readonly string[];
}

/** Reads the log: STOP always counts, of the rest the newest acts. Source: architecture 2.3. */
export function readGestures(item: BoardItem, state: TaskState): GestureReading {
  const fresh = item.entries.filter(
    (entry) =>
      item.humanIds.includes(entry.actorId) &&
      entry.at > state.startEntryAt &&
      !state.consumedEntries.includes(entry.id),
  );
  const others = fresh.filter((entry) => entry.to !== 'STOP');
  return {
    stop: fresh.findLast((entry) => entry.to === 'STOP') ?? null,
    acting: others.at(-1) ?? null,
    superseded: others.slice(0, -1),
    consumed: fresh.map((entry) => entry.id),
  };
}

/** What one gesture does to the task as it stands. */
export type GestureVerdict =
  | { kind: 'approve' }
  | { kind: 'reject' }
  | { kind: 'answer' }
  | { kind: 'confirm' }
  | { kind: 'revive' }
  | { kind: 'retry' }
  | { kind: 'ignore'; because: string }
  /** not a gesture at all: ours is put back, with the gesture to use */
  | { kind: 'restore'; use: string };

/** The gesture table, total: every gesture in every stage and wait has an effect or a reason why not. Source: product 2. */
export function judgeGesture(entry: StateEntry, state: TaskState, item: BoardItem): GestureVerdict {
  if (!isGesture(entry.to)) return { kind: 'restore', use: gestureFor(state) };
  switch (entry.to) {
    case 'To Analyse':
      return judgeToAnalyse(state);
    case 'Approved':
    case 'Rejected':
      return judgePackageVerdict(entry.to, state, item.approverIds.includes(entry.actorId));
    case 'Confirm Deploy':
      return judgeConfirm(state, item.approverIds.includes(entry.actorId));
    case 'STOP':
      return { kind: 'ignore', because: 'STOP is answered by itself' };
    case 'Estimate':
      return { kind: 'ignore', because: 'a running task is not estimated' };
  }
}

function judgeToAnalyse(state: TaskState): GestureVerdict {
  switch (state.wait?.on) {
    case 'answers':
      return { kind: 'answer' };
    case 'revival':
      return { kind: 'revive' };
    case 'infra':
    case 'agent-retry':
    case 'budget':
    case 'host':
      return { kind: 'retry' };
    case 'provider-limit':
      return {
        kind: 'ignore',
        because: 'its provider takes no runs now; the task goes on by itself',
      };
    case 'approval':
      return { kind: 'ignore', because: 'the package waits for Approved or Rejected' };
    default:
      return { kind: 'ignore', because: 'the task is already running' };
  }
}

function judgePackageVerdict(
  gesture: 'Approved' | 'Rejected',
  state: TaskState,
  isApprover: boolean,
): GestureVerdict {
  if (state.wait?.on !== 'approval') {
    const because =
      state.wait?.on === 'confirmation'
        ? `${gesture} never deploys: use Confirm Deploy`
        : 'no package waits for it';
    return { kind: 'ignore', because };
  }
  if (!isApprover)
    return { kind: 'ignore', because: 'its author is not an approver of this project' };
  return { kind: gesture === 'Approved' ? 'approve' : 'reject' };
}

function judgeConfirm(state: TaskState, isApprover: boolean): GestureVerdict {
  if (state.wait?.on !== 'confirmation') {
    return { kind: 'ignore', because: 'nothing waits for a deploy confirmation' };
  }
  if (!isApprover)
    return { kind: 'ignore', because: 'its author is not an approver of this project' };
  return { kind: 'confirm' };
}

/** The gesture that would move the task on now, for texts. */
function gestureFor(state: TaskState): string {
  switch (state.wait?.on) {
    case 'approval':
      return 'Approved or Rejected';
    case 'confirmation':
      return 'Confirm Deploy';
    case 'answers':
    case 'revival':
    case 'infra':
    case 'agent-retry':
    case 'budget':
    case 'host':
      return 'To Analyse';
    default:
      return 'none: the task is working';
  }
}
