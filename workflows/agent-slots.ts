import {
  CancellationScope,
  condition,
  ContinueAsNew,
  getExternalWorkflowHandle,
  log,
  TemporalFailure,
  workflowInfo,
} from '@temporalio/workflow';
import { onFlow } from './calls.ts';
import { AGENT_POOL_WORKFLOW_ID, slotReturned } from './contract.ts';
import type { SlotAnswer, SlotRequest } from './domain/agent-slot.ts';
import type { SlotReport } from './domain/breaker.ts';
import { continueIfQuiet } from './gestures.ts';
import { change, enterWait, leaveWait, nextIteration } from './task-context.ts';
import type { TaskContext } from './task-context.ts';

/** The right to run one agent, held until it is given back. */
export interface Slot {
  requestId: string;
}

/**
 * Asks the agent pool and waits for its grant, showing the place in line meanwhile. A long wait goes on in a new run under
 * the same request, so it must not be called with anything under way.
 *
 * | state | event | next | if the step fails |
 * | --- | --- | --- | --- |
 * | asked | granted | held | - |
 * | asked | queued | place, or the provider's limit, shown | - |
 * | asked | no answer for `laneRepeatMs` | asked again, same id | the request is withdrawn |
 * | asked | STOP | withdrawn | the pool's sweep, once this life is closed |
 * | held | given back | the pool learns how the provider did | the pool's sweep, once this life is closed |
 */
export async function acquireAgentSlot(
  ctx: TaskContext,
  about: { provider: string; rejoin: boolean },
): Promise<Slot> {
  const request = requestOf(ctx, about);
  const { requestId } = request;
  const { granted } = ctx.inbox;
  change(ctx, { slotRequestId: requestId });
  enterWait(ctx, 'agent-slot', 'asked for an agent slot');
  try {
    for (;;) {
      await onFlow(ctx, 'ask for an agent slot').requestAgentSlot({ request });
      await condition(() => granted.has(requestId), ctx.policy.laneRepeatMs, {
        summary: 'ask for an agent slot again',
      });
      if (granted.has(requestId)) break;
      await continueIfQuiet(ctx);
    }
  } catch (error) {
    if (!(error instanceof ContinueAsNew)) {
      await giveBackSlot(ctx, { requestId }, { kind: 'unused' });
    }
    throw error;
  }
  leaveWait(ctx);
  return { requestId };
}

/** Gives a slot back with what its run says of the provider; `unused` when there was none. Goes through in a cancelled scope too. */
export async function giveBackSlot(
  ctx: TaskContext,
  { requestId }: Slot,
  report: SlotReport,
): Promise<void> {
  ctx.inbox.granted.delete(requestId);
  if (ctx.state.slotRequestId === requestId) change(ctx, { slotRequestId: null });
  await sendBack(requestId, report);
}

/** Takes the pool's answer in: a grant nobody wants any more goes back at once, a place in line is shown. */
export async function takeSlotAnswer(ctx: TaskContext, answer: SlotAnswer): Promise<void> {
  const { requestId } = answer;
  if (ctx.state.slotRequestId !== requestId) {
    if (answer.kind === 'granted') await sendBack(requestId, { kind: 'unused' });
    return;
  }
  if (answer.kind === 'granted') {
    ctx.inbox.granted.add(requestId);
    return;
  }
  const on = ctx.state.wait?.on;
  if (on !== 'agent-slot' && on !== 'provider-limit') return;
  const { position, reason, waitsFor } = answer;
  enterWait(ctx, waitsFor, `number ${position} in line: ${reason}`);
}

function requestOf(
  ctx: TaskContext,
  { provider, rejoin }: { provider: string; rejoin: boolean },
): SlotRequest {
  const { ref, host, hostSlots, priority, slotRequestId } = ctx.state;
  if (host === null || hostSlots === null) throw new Error('no host was claimed');
  return {
    requestId: slotRequestId ?? `${ref.life}:agent:${nextIteration(ctx)}`,
    workflowId: workflowInfo().workflowId,
    life: ref.life,
    ...{ host, hostSlots, provider, priority, rejoin },
  };
}

function sendBack(requestId: string, report: SlotReport): Promise<void> {
  return CancellationScope.nonCancellable(async () => {
    try {
      await getExternalWorkflowHandle(AGENT_POOL_WORKFLOW_ID).signal(slotReturned, {
        requestId,
        report,
      });
    } catch (error) {
      if (!(error instanceof TemporalFailure)) throw error;
      log.warn('the agent pool did not take a slot back', { reason: error.message });
    }
  });
}
