import type { StateGroup } from './board-item.ts';
import type { BoardStatus } from './effects.ts';
import { GESTURES, isGesture } from './gestures.ts';

/** The statuses we set, with the state group each belongs to. Source: product, board mirror. */
const STATUS_GROUPS: Readonly<Record<BoardStatus, 'started' | 'completed' | 'cancelled'>> = {
  Analysis: 'started',
  Architecture: 'started',
  Development: 'started',
  'Code Review': 'started',
  Testing: 'started',
  'Deploying (staging)': 'started',
  'Awaiting Deploy': 'started',
  Deploying: 'started',
  'Monitoring after Deploy': 'started',
  'Needs Input': 'started',
  'In Review': 'started',
  Blocked: 'started',
  Done: 'completed',
  Cancelled: 'cancelled',
};

/** Every status we set. */
export const STATUSES = Object.keys(STATUS_GROUPS) as readonly BoardStatus[];

const FALLBACK = 'In Progress';

/** Aliases every project has. */
const COMMON_ALIASES: StatusAliases = { Estimate: ['Оценка'] };

/** Other names a status or gesture goes by on one board, by our name. */
export type StatusAliases = Readonly<Record<string, readonly string[]>>;

/** A board state as far as names matter. */
export interface NamedState {
  id: string;
  name: string;
  group: string;
}

/** Our name for a board's state name; the board's own when it is none of ours. Case and outer spaces do not count. */
export function ourNameOf(boardName: string, aliases: StatusAliases): string {
  const names = [...Object.keys(STATUS_GROUPS), ...GESTURES, ...Object.keys(aliases)];
  return names.find((name) => namesOf(name, aliases).includes(plain(boardName))) ?? boardName;
}

/**
 * The state that shows `status` on this board: by name or alias, else `In Progress` for what is started, else any state of the
 * group for Done and Cancelled that is no gesture. Null = the board has none.
 */
export function stateFor<State extends NamedState>(
  status: BoardStatus,
  states: readonly State[],
  aliases: StatusAliases,
): State | null {
  const named = (name: string) => {
    const names = namesOf(name, aliases);
    return states.find((state) => names.includes(plain(state.name)));
  };
  const group = STATUS_GROUPS[status];
  const inGroup = () =>
    states.find((state) => state.group === group && !isGesture(ourNameOf(state.name, aliases)));
  return named(status) ?? (group === 'started' ? named(FALLBACK) : inGroup()) ?? null;
}

/**
 * Whether a write of `status` may replace the item's state. A terminal state stays, except that a finished task becomes Done and
 * a cancelled one Cancelled. A gesture is a person's word, not a terminal state, even STOP in the cancelled group: it was read
 * from the log, which keeps it. Source: I14, ORCH-061, ORCH-094.
 */
export function mayReplace(
  current: { name: string; group: StateGroup },
  status: BoardStatus,
  aliases: StatusAliases,
): boolean {
  if (isGesture(ourNameOf(current.name, aliases))) return true;
  if (current.group === 'completed') return status === 'Done';
  if (current.group === 'cancelled') return status === 'Done' || status === 'Cancelled';
  return true;
}

function namesOf(name: string, aliases: StatusAliases): readonly string[] {
  return [name, ...(aliases[name] ?? []), ...(COMMON_ALIASES[name] ?? [])].map(plain);
}

function plain(name: string): string {
  return name.trim().toLowerCase();
}
