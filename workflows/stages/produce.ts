import { condition, ContinueAsNew } from '@temporalio/workflow';
import { acquireAgentSlot, giveBackSlot } from '../agent-slots.ts';
import type { Slot } from '../agent-slots.ts';
import { bookRun } from '../book-run.ts';
import { onAgents } from '../calls.ts';
import type { EndedRun, ProduceResult } from '../domain/activities.ts';
import type { SlotReport } from '../domain/breaker.ts';
import type { StageOutcome } from '../domain/decide.ts';
import { decideInterruption, openRun, reportOf, wholeRun } from '../domain/interruption.ts';
import type { Sha } from '../domain/ids.ts';
import type { RolePolicy } from '../domain/policy.ts';
import { judgeEnd, judgeSpending } from '../domain/role-gates.ts';
import { PROVIDER_OF } from '../domain/runs.ts';
import type { InterruptedRun, OpenRun } from '../domain/runs.ts';
import type { Role } from '../domain/stages.ts';
import type { RoleVerdict } from '../domain/verdicts.ts';
import { comment, notice, sendEffects } from '../effects-queue.ts';
import { continueIfLong } from '../gestures.ts';
import { reserveMoney, settleMoney } from '../money.ts';
import type { MoneyReservation } from '../money.ts';
import { change, enterWait, leaveWait, nextRunKey } from '../task-context.ts';
import type { TaskContext } from '../task-context.ts';
import { requireTree } from './require.ts';

/** Room for commit, push and the kill ladder after an agent's own time is over. */
const MARGIN_MS = 180_000;

/** What a producer brought: a verdict for the stage to judge, or nothing that counts. */
export type Production =
  | { kind: 'produced'; verdict: RoleVerdict; head: Sha }
  | { kind: 'fruitless'; outcome: StageOutcome };

/** One run of an agent of `role`; `pushBranch` = its commit also moves the task branch. */
interface Order {
  role: Role;
  pushBranch: boolean;
}

/**
 * Has an agent of `role` work on the task's tree until it has ended, and books the run. A run that is interrupted goes on in the
 * same session, also after a hold: its work and money are never thrown away, and no attempt of the stage is used up.
 *
 * | state | event | next | if the step fails |
 * | --- | --- | --- | --- |
 * | - | - | money reserved, then a slot asked for | waits, named; both are given back when the task dies |
 * | slot held | run ended | booked, judged by the stage | the activity is repeated and finds the ended run |
 * | slot held | passing trouble | WaitingOn = agent-retry, then on again | - |
 * | slot held | limit reached | slot back, asked for again: the pool grants it after the reset | - |
 * | slot held | answer broke off | on again at once, a few times | then the attempt is used up |
 * | slot held | trouble that does not pass | hold, or a person | the open run is taken up afterwards |
 */
export async function produce(
  ctx: TaskContext,
  role: Role,
  pushBranch: boolean,
): Promise<Production> {
  for (;;) {
    const wasted = judgeSpending(ctx.state, ctx.policy);
    if (wasted !== null) return { kind: 'fruitless', outcome: wasted };
    const run = takeUp(ctx, role);
    const result = await runOnce(ctx, run, { role, pushBranch });
    if (result.kind === 'ended') return book(ctx, run, result);
    const outcome = await afterInterruption(ctx, run, result);
    if (outcome !== null) return { kind: 'fruitless', outcome };
    await continueIfLong(ctx);
  }
}

/** The run of this role that is open, or a new one. */
function takeUp(ctx: TaskContext, role: Role): OpenRun {
  const { openRun: open } = ctx.state;
  if (open?.role === role) return open;
  const run = openRun(nextRunKey(ctx, 'agent'), role);
  change(ctx, { openRun: run });
  return run;
}

async function runOnce(ctx: TaskContext, run: OpenRun, order: Order): Promise<ProduceResult> {
  const policy = ctx.policy.roles[order.role];
  const provider = PROVIDER_OF[policy.agent];
  const reservation = await reserveMoney(ctx, order.role);
  const slot = await slotFor(ctx, { provider, rejoin: run.continuation > 0 }, reservation);
  try {
    const result = await callProduce(ctx, run, order);
    const { usage } = result.kind === 'ended' ? result.run : result;
    await giveBackSlot(ctx, slot, result.kind === 'ended' ? OK : reportOf(run, result, policy));
    await settleMoney(ctx, reservation, usage?.costUsd ?? null);
    return result;
  } catch (error) {
    // What a tool of ours broke goes on later with the money put aside for it; what a STOP cut is billed as it ends.
    await giveBackSlot(ctx, slot, { kind: 'unused' });
    throw error;
  }
}

const OK: SlotReport = { kind: 'ok' };

/** A slot; without one nothing is run, and nothing is spent. */
async function slotFor(
  ctx: TaskContext,
  about: { provider: string; rejoin: boolean },
  reservation: MoneyReservation,
): Promise<Slot> {
  try {
    return await acquireAgentSlot(ctx, about);
  } catch (error) {
    if (!(error instanceof ContinueAsNew)) await settleMoney(ctx, reservation, 0);
    throw error;
  }
}

function callProduce(ctx: TaskContext, run: OpenRun, order: Order): Promise<ProduceResult> {
  const { ref, title, track, returns, mustFix, branchHead, withComments } = ctx.state;
  const { role, pushBranch } = order;
  const own = ctx.policy.roles[role];
  const policy: RolePolicy = run.model === null ? own : { ...own, model: run.model };
  return onAgents(ctx, `${role} works`, policy.timeoutMs + MARGIN_MS).produce({
    task: ref,
    title,
    track,
    role,
    key: run.key,
    continuation: run.continuation,
    policy,
    ...requireTree(ctx),
    branchHead,
    pushBranch,
    returns,
    mustFix,
    withComments,
  });
}

/** Sees to an interruption; null = the run goes on. */
async function afterInterruption(
  ctx: TaskContext,
  run: OpenRun,
  result: InterruptedRun,
): Promise<StageOutcome | null> {
  const role = ctx.policy.roles[run.role];
  const next = decideInterruption(run, result, { ...ctx.policy, role });
  if (next.kind === 'unusable') {
    const { runId, seconds, usage } = result;
    const { role: by, key } = run;
    const last = { runId, role: by, stage: key.stage, end: 'failed', seconds, usage } as const;
    bookRun(ctx, wholeRun(run, last));
    change(ctx, { openRun: null });
    return next;
  }
  change(ctx, { openRun: next.run });
  if (next.kind === 'broken') return next;
  if (next.kind === 'hold') return { kind: 'hold', owner: 'infra', reason: next.reason };
  await pauseFor(ctx, next.pauseMs, result.reason);
  return null;
}

async function pauseFor(ctx: TaskContext, pauseMs: number, reason: string): Promise<void> {
  if (pauseMs === 0) return;
  enterWait(ctx, 'agent-retry', reason);
  sendEffects(ctx);
  const { inbox } = ctx;
  await condition(() => inbox.gesture !== null, pauseMs, { summary: 'let the agent go on' });
  inbox.gesture = null;
  leaveWait(ctx);
}

function book(ctx: TaskContext, open: OpenRun, result: EndedRun): Production {
  const { workHead, branchHead, verdict, documents } = result;
  const run = wholeRun(open, result.run);
  bookRun(ctx, run);
  comment(ctx, {
    key: `run-${run.runId}`,
    by: run.role,
    text: { kind: 'role-finished', run, documents },
  });
  change(ctx, { workHead, branchHead, openRun: null });
  const outcome = judgeEnd(run);
  if (outcome === null) return { kind: 'produced', verdict, head: branchHead ?? workHead };
  if (run.end === 'leaked') notice(ctx, `leaked-${run.runId}`, { kind: 'leaked', role: run.role });
  return { kind: 'fruitless', outcome };
}
