import {
  CancellationScope,
  condition,
  ContinueAsNew,
  getExternalWorkflowHandle,
  log,
  TemporalFailure,
  workflowInfo,
} from '@temporalio/workflow';
import { joinLaneFor, leaveLane } from './admission.ts';
import { onFlow } from './calls.ts';
import { budgetWorkflowId, moneySettled } from './contract.ts';
import type { MoneyAddition, MoneyAnswer } from './domain/budget.ts';
import type { Role } from './domain/stages.ts';
import {
  addMoney,
  amountOf,
  extraUsdOf,
  judgeTaskMoney,
  spentByTask,
} from './domain/task-money.ts';
import type { AdditionAnswer } from './domain/task-money.ts';
import { comment, nextSeq, notice, sendEffects } from './effects-queue.ts';
import { continueIfQuiet, takeGesture } from './gestures.ts';
import { change, enterWait, leaveWait, nextIteration } from './task-context.ts';
import type { TaskContext } from './task-context.ts';

/** Money put aside for one run, by its request; null = the project's budget was not asked, because it has no limit. */
export type MoneyReservation = string | null;

/**
 * Puts money aside for a run of `role` and waits for a person when it is short, without the lane. A long wait goes on in a
 * new run under the same request, so it must not be called with anything under way.
 *
 * | state | event | next | if the step fails |
 * | --- | --- | --- | --- |
 * | - | the task's own limit is reached | shown; looked at again on an addition, on To Analyse, every `laneRepeatMs` | the call is retried |
 * | - | neither day nor project has a limit | nothing to put aside | - |
 * | asked | granted | put aside | - |
 * | asked | queued | shown as the task's own limit is | - |
 * | asked | an addition, To Analyse, or no answer for `laneRepeatMs` | asked again, same id | the request is withdrawn |
 * | asked | STOP | withdrawn | the budget's sweep, once this life is closed: counted as unknown |
 */
export async function reserveMoney(ctx: TaskContext, role: Role): Promise<MoneyReservation> {
  const requestId = ctx.state.moneyRequestId ?? `${ctx.state.ref.life}:money:${nextIteration(ctx)}`;
  try {
    await awaitTaskMoney(ctx, role);
    const { budget, roles } = ctx.policy;
    const usd = amountOf(roles[role], budget);
    const isAsked = budget.dayUsd !== null || budget.projectUsd !== null;
    if (isAsked) await awaitProjectMoney(ctx, { requestId, usd });
    await endShortage(ctx);
    return isAsked ? requestId : null;
  } catch (error) {
    if (!(error instanceof ContinueAsNew)) await settleMoney(ctx, requestId, 0);
    throw error;
  }
}

/** Books what the run cost: null = nobody told the price, 0 = nothing was run. Goes through in a cancelled scope too. */
export async function settleMoney(
  ctx: TaskContext,
  requestId: MoneyReservation,
  usd: number | null,
): Promise<void> {
  if (requestId === null) return;
  ctx.inbox.granted.delete(requestId);
  if (ctx.state.moneyRequestId !== requestId) return;
  change(ctx, { moneyRequestId: null });
  await tell(ctx, requestId, usd);
}

/** Takes the budget's answer in: a grant nobody wants any more is settled at once, a shortage is shown. */
export async function takeMoneyAnswer(ctx: TaskContext, answer: MoneyAnswer): Promise<void> {
  const { requestId } = answer;
  if (ctx.state.moneyRequestId !== requestId) {
    if (answer.kind === 'granted') await tell(ctx, requestId, 0);
    return;
  }
  if (answer.kind === 'granted') ctx.inbox.granted.add(requestId);
  else showShortage(ctx, answer.reason);
}

/** Books money a person added; said twice under one id, it is added once. */
export function takeAddition(ctx: TaskContext, addition: MoneyAddition): AdditionAnswer {
  const { additions, answer } = addMoney(ctx.state.additions, addition);
  change(ctx, { additions });
  return answer;
}

/** The task's own limit is judged here, from its own runs. */
async function awaitTaskMoney(ctx: TaskContext, role: Role): Promise<void> {
  for (;;) {
    const { additions } = ctx.state;
    const { budget, roles } = ctx.policy;
    const reason = judgeTaskMoney(
      spentByTask(ctx.state, ctx.policy),
      amountOf(roles[role], budget),
      {
        taskUsd: budget.taskUsd,
        extraUsd: extraUsdOf(additions),
      },
    );
    if (reason === null) return;
    showShortage(ctx, `${reason}: orch task budget ${ctx.state.ref.id} --add <usd>`);
    await pauseForMoney(ctx, () => false);
    const { project } = ctx.state.ref;
    ctx.nextPolicy = await onFlow(ctx, 'what the project may spend now').readPolicy({ project });
    ctx.policy = { ...ctx.policy, budget: ctx.nextPolicy.budget };
  }
}

async function awaitProjectMoney(
  ctx: TaskContext,
  { requestId, usd }: { requestId: string; usd: number },
): Promise<void> {
  change(ctx, { moneyRequestId: requestId });
  const { life, project } = ctx.state.ref;
  const isGranted = (): boolean => ctx.inbox.granted.has(requestId);
  const { workflowId } = workflowInfo();
  for (;;) {
    const extraUsd = extraUsdOf(ctx.state.additions);
    const request = { requestId, workflowId, life, usd, extraUsd };
    await onFlow(ctx, 'ask for money').reserveBudget({ project, request });
    await pauseForMoney(ctx, isGranted);
    if (isGranted()) return;
  }
}

/** Until `isOver`, money is added, a person says To Analyse, or it is time to look again. */
async function pauseForMoney(ctx: TaskContext, isOver: () => boolean): Promise<void> {
  const known = ctx.state.additions.length;
  const isNews = (): boolean =>
    isOver() || ctx.state.additions.length > known || ctx.inbox.gesture !== null;
  const isShort = (): boolean => ctx.state.wait?.on === 'budget';
  const again = { summary: 'look at the money again' };
  await condition(() => isNews() || isShort(), ctx.policy.laneRepeatMs, again);
  if (isShort() && !isNews()) {
    await leaveLane(ctx);
    await condition(isNews, ctx.policy.laneRepeatMs, again);
  }
  if (isOver()) return;
  takeGesture(ctx);
  await continueIfQuiet(ctx);
}

function showShortage(ctx: TaskContext, reason: string): void {
  const isNew = ctx.state.wait?.on !== 'budget';
  enterWait(ctx, 'budget', reason);
  if (!isNew) return;
  const seq = nextSeq(ctx);
  const subject = 'budget';
  comment(ctx, { key: `held-${seq}`, by: 'stream', text: { kind: 'held', subject, reason } });
  notice(ctx, `held-${seq}`, { kind: 'held', subject, reason });
  sendEffects(ctx);
}

/** Whoever waited for money gave the lane to others in the meantime. */
async function endShortage(ctx: TaskContext): Promise<void> {
  if (ctx.state.wait?.on !== 'budget') return;
  leaveWait(ctx);
  // Said anew, the status carries the end of the wait to the card.
  ctx.mirrored = null;
  change(ctx, {});
  sendEffects(ctx);
  await joinLaneFor(ctx);
}

function tell(ctx: TaskContext, requestId: string, usd: number | null): Promise<void> {
  return CancellationScope.nonCancellable(async () => {
    try {
      const budget = getExternalWorkflowHandle(budgetWorkflowId(ctx.state.ref.project));
      await budget.signal(moneySettled, { requestId, usd });
    } catch (error) {
      if (!(error instanceof TemporalFailure)) throw error;
      log.warn('the budget was not told what was spent', { reason: error.message });
    }
  });
}
