import {
  CancellationScope,
  condition,
  getExternalWorkflowHandle,
  log,
  TemporalFailure,
  workflowInfo,
} from '@temporalio/workflow';
import { onFlow } from './calls.ts';
import { grantReleased, laneWorkflowId } from './contract.ts';
import type { GrantKind, LaneAnswer } from './domain/lane.ts';
import type { WaitSubject } from './domain/task-state.ts';
import { enterWait, leaveWait, nextIteration } from './task-context.ts';
import type { TaskContext } from './task-context.ts';

/** A place this task holds in its lane. The fence travels with every act done under it. */
export interface Grant {
  requestId: string;
  fence: number;
}

const WAIT_FOR: Record<GrantKind, WaitSubject> = {
  admission: 'lane',
  staging: 'staging-slot',
  production: 'production-slot',
};

/**
 * Asks the lane and waits for its grant, showing the position meanwhile.
 *
 * | state | event | next | if the step fails |
 * | --- | --- | --- | --- |
 * | asked | granted | held | - |
 * | asked | queued | position shown | - |
 * | asked | no answer for `laneRepeatMs` | asked again, same id | the request is withdrawn |
 * | held | release | given back | the lane's sweep, once this life is closed |
 */
export async function acquire(ctx: TaskContext, kind: GrantKind, rejoin = false): Promise<Grant> {
  const { ref } = ctx.state;
  const requestId = `${ref.life}:${kind}:${nextIteration(ctx)}`;
  const request = {
    requestId,
    workflowId: workflowInfo().workflowId,
    life: ref.life,
    kind,
    rejoin,
  };
  const { laneAnswers, wanted } = ctx.inbox;
  wanted.add(requestId);
  enterWait(ctx, WAIT_FOR[kind], `asked for ${kind}`);
  try {
    for (;;) {
      await onFlow(ctx, `ask the lane for ${kind}`).requestGrant({ repo: ref.repo, request });
      await condition(() => laneAnswers.has(requestId), ctx.policy.laneRepeatMs, {
        summary: 'ask the lane again',
      });
      const fence = laneAnswers.get(requestId);
      if (fence === undefined) continue;
      leaveWait(ctx);
      return { requestId, fence };
    }
  } catch (error) {
    // It may have reached the lane all the same: a grant nobody takes up would keep everybody out, this task first.
    await release(ctx, { requestId });
    throw error;
  }
}

/** Takes the lane's answer in: a grant nobody wants any more goes back at once, a place in line is shown. */
export async function takeLaneAnswer(ctx: TaskContext, answer: LaneAnswer): Promise<void> {
  const { laneAnswers, wanted } = ctx.inbox;
  if (!wanted.has(answer.requestId)) {
    if (answer.kind === 'granted') await giveBack(ctx, answer.requestId);
    return;
  }
  if (answer.kind === 'granted') {
    laneAnswers.set(answer.requestId, answer.fence);
    return;
  }
  const on = ctx.state.wait?.on;
  if (on === 'lane' || on === 'staging-slot' || on === 'production-slot') {
    enterWait(ctx, on, `number ${answer.position} in line: ${answer.reason}`);
  }
}

/** Gives a grant back; a lane that is gone has nothing to take back. */
export async function release(ctx: TaskContext, grant: Pick<Grant, 'requestId'>): Promise<void> {
  ctx.inbox.wanted.delete(grant.requestId);
  ctx.inbox.laneAnswers.delete(grant.requestId);
  await giveBack(ctx, grant.requestId);
}

async function giveBack(ctx: TaskContext, requestId: string): Promise<void> {
  const lane = laneWorkflowId(ctx.state.ref.repo);
  try {
    // A STOP has cancelled the scope this is called in.
    await CancellationScope.nonCancellable(() =>
      getExternalWorkflowHandle(lane).signal(grantReleased, { requestId }),
    );
  } catch (error) {
    if (!(error instanceof TemporalFailure)) throw error;
    log.warn('the lane did not take a grant back', { reason: error.message });
  }
}
