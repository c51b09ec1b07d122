import { CancellationScope, isCancellation } from '@temporalio/workflow';
import { judgeStop } from './domain/stop.ts';
import type { StopAnswer } from './domain/stop.ts';
import type { StopSource } from './domain/task-state.ts';
import { comment, sendEffects } from './effects-queue.ts';
import { change, now } from './task-context.ts';
import type { TaskContext } from './task-context.ts';

/**
 * Takes a STOP in. What cannot be cut now is kept until it can. A repeated one repeats nothing.
 *
 * | state | event | next | if the step fails |
 * | --- | --- | --- | --- |
 * | at work or waiting | STOP | the stage is interrupted | - |
 * | interrupted | - | run killed on its host, and proven dead | asked again for ever, WaitingOn = host |
 * | run dead | - | work kept under its ref, branch and pull request gone | tried again; then left to the next life, which moves it aside |
 * | work kept | - | what the run used is booked | tried again |
 * | booked | - | Cancelled on the board, lane and slots given back | effects are tried for ever |
 * | deploy begun | STOP | kept; the deploy goes on | - |
 * | deploy ended well | - | Done: too late | - |
 * | deploy rolled back | - | as at work | - |
 */
export function requestStop(ctx: TaskContext, by: StopSource): StopAnswer {
  const effect = judgeStop(ctx.state);
  if (effect === 'over') return 'over';
  if (ctx.state.stop !== null) return 'repeated';
  change(ctx, { stop: { by, at: now() } });
  if (effect === 'defer') {
    comment(ctx, { key: 'stop-deferred', by: 'stream', text: { kind: 'stop-deferred' } });
    sendEffects(ctx);
    return 'deferred';
  }
  ctx.interrupt();
  return effect === 'cut' ? 'stopping' : 'watch-ended';
}

/** Runs work that a STOP may cut short; what was under way is cancelled then. */
export async function interruptible(ctx: TaskContext, work: () => Promise<void>): Promise<void> {
  const scope = new CancellationScope();
  ctx.interrupt = () => {
    scope.cancel();
  };
  try {
    await scope.run(work);
  } catch (error) {
    if (ctx.state.stop === null || !isCancellation(error)) throw error;
  } finally {
    ctx.interrupt = () => undefined;
  }
}
