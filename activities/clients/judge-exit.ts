import type { Interruption } from '../../workflows/domain/runs.ts';
import type { RunExit } from '../runs/runs.ts';
import type { AgentFinal, AgentOutcome, AgentOutput } from './agent-adapter.ts';

/** How the reasons begin that a watchdog of ours ends a run with; what follows is for people. */
export const WATCHDOGS = {
  hung: 'hung',
  lingered: 'stayed after its result',
  money: 'over its budget',
  turns: 'over its turns',
} as const;

/**
 * What an exit means before anybody looks at what was said: a time-out, or the word of the watchdog that ended it. Null = it
 * ended by itself, or was only tidied away after its result, at the deadline too when that result is a success: what it said
 * decides.
 */
export function judgeExit(exit: RunExit, final: AgentFinal | undefined): AgentOutcome | null {
  if (exit.timedOut) {
    return final?.success === true ? null : ended('timed-out', 'the time-out was reached');
  }
  if (exit.killed === null) return null;
  if (exit.killed.startsWith(WATCHDOGS.money)) return ended('over-budget', exit.killed);
  if (exit.killed.startsWith(WATCHDOGS.turns)) return ended('max-turns', exit.killed);
  if (exit.killed.startsWith(WATCHDOGS.lingered) && final !== undefined) return null;
  return interrupted('transient', exit.killed);
}

/** An end of the agent's own doing, or by a limit of ours. */
export const ended = (
  end: Extract<AgentOutcome, { kind: 'ended' }>['end'],
  reason: string,
): AgentOutcome => ({ kind: 'ended', end, reason });

/** An interruption; `resetsAt` ISO, null = not told. */
export const interrupted = (
  why: Interruption,
  reason: string,
  resetsAt: string | null = null,
): AgentOutcome => ({ kind: 'interrupted', why, reason: reason.slice(0, 500), resetsAt });

/** How a process ended, in words. */
export const describeExit = ({ signal, exitCode }: RunExit): string =>
  signal === null ? `exit code ${exitCode ?? '?'}` : signal;

/** Whether it ended by itself before it began to work: it did not take its command line, or cannot run here. */
export function refusedToStart({ signal, exitCode }: RunExit, { events }: AgentOutput): boolean {
  if (events.some((event) => event.kind === 'started')) return false;
  const code = exitCode ?? 0;
  return signal === null && code > 0 && code <= 128;
}

/** The last error it told, words empty when there was none. */
export function lastTrouble({ events }: AgentOutput): {
  code: string;
  text: string;
  status: number | null;
} {
  const last = events.findLast((event) => event.kind === 'error');
  return last ?? { code: '', text: '', status: null };
}
