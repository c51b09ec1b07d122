import type { StageOutcome } from './decide.ts';
import { isRunning } from './progress.ts';
import type { TaskState } from './task-state.ts';
import type { DeployVerdict } from './verdicts.ts';

/** What was said to a STOP. `repeated` = it was said before. */
export type StopAnswer = 'stopping' | 'deferred' | 'watch-ended' | 'repeated' | 'over';

/**
 * What a STOP does to the task as it stands. Source: I10, ORCH-090.
 *
 * | where the task is | what STOP does |
 * | --- | --- |
 * | any stage, any wait | `cut`: run dead, work kept, everything given back, Cancelled |
 * | from the first touch of production until the landing is proven | `defer`: as it ends: Done, or cut after the rollback |
 * | monitoring | `end-watch`: what landed stays; only the watch ends |
 * | over | nothing |
 */
export function judgeStop(
  state: Pick<TaskState, 'stage' | 'deployBegun' | 'landed'>,
): 'cut' | 'defer' | 'end-watch' | 'over' {
  if (!isRunning(state.stage)) return 'over';
  if (state.landed !== null) return state.stage === 'monitoring' ? 'end-watch' : 'defer';
  return state.deployBegun ? 'defer' : 'cut';
}

/** Whether a deploy left production on what has not landed, or in a state nobody knows: a STOP waits while it is so. */
export function isDeployOpen(status: DeployVerdict['status']): boolean {
  return status === 'SUCCESS' || status === 'FAILED';
}

/** Whether a landing without a deploy is in main, or may be; what went back or is tried again is not. */
export function isLandingOpen(outcome: StageOutcome): boolean {
  return outcome.kind === 'pass' || (outcome.kind === 'hold' && outcome.owner === 'human');
}
