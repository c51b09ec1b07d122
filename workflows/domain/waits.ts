import type { TaskPolicy } from './policy.ts';
import type { WaitSubject } from './task-state.ts';

const HUMAN_WAITS: ReadonlySet<WaitSubject> = new Set([
  'approval',
  'answers',
  'confirmation',
  'revival',
  'budget',
]);

/** Whether a person is waited for: that time is not the machine's, and the board is read on a timer meanwhile. */
export function isHumanWait(on: WaitSubject): boolean {
  return HUMAN_WAITS.has(on);
}

/** The pause after the given try (from 1) in ms: twice as long each time, up to the policy's cap. */
export function pauseAfter(
  tries: number,
  { rereadMs, rereadMaxMs }: Pick<TaskPolicy, 'rereadMs' | 'rereadMaxMs'>,
): number {
  return Math.min(rereadMs * 2 ** (tries - 1), rereadMaxMs);
}
