import { ActivityFailure, condition, isCancellation, log } from '@temporalio/workflow';
import { awaitOffLane, joinLaneFor, leaveLane } from './admission.ts';
import { decide } from './domain/decide.ts';
import type { Decision, StageOutcome } from './domain/decide.ts';
import { applyDecision, isRunning, revived } from './domain/progress.ts';
import { rootMessage } from './domain/root-message.ts';
import type { StageName } from './domain/stages.ts';
import { judgeStop } from './domain/stop.ts';
import { totalUsage } from './domain/usage.ts';
import { pauseAfter } from './domain/waits.ts';
import { comment, nextSeq, notice, sendEffects } from './effects-queue.ts';
import { endStopped } from './end-stopped.ts';
import { continueIfLong, takeGesture } from './gestures.ts';
import { analysis } from './stages/analysis.ts';
import { architecture } from './stages/architecture.ts';
import { created } from './stages/created.ts';
import { deployStaging } from './stages/deploy-staging.ts';
import { deploy } from './stages/deploy.ts';
import { development } from './stages/development.ts';
import { monitoring } from './stages/monitoring.ts';
import { review } from './stages/review.ts';
import { testing } from './stages/testing.ts';
import { interruptible } from './stop.ts';
import { change, enterWait, leaveWait, now } from './task-context.ts';
import type { TaskContext } from './task-context.ts';

/** What a stage does: its producer, its gate, its waits. */
export type StageWork = (ctx: TaskContext) => Promise<StageOutcome>;

const WORK: Record<StageName, StageWork> = {
  created,
  analysis,
  architecture,
  development,
  review,
  testing,
  'deploy-staging': deployStaging,
  deploy,
  monitoring,
};

/** Walks a task from its stage to an end: work, decide, apply, again. */
export async function walkStages(
  ctx: TaskContext,
  work: Record<StageName, StageWork> = WORK,
): Promise<void> {
  const holds = { inARow: 0 };
  while (isRunning(ctx.state.stage)) {
    if (ctx.state.stop === null || judgeStop(ctx.state) === 'defer') {
      await interruptible(ctx, () => takeStep(ctx, work, holds));
    } else await endStopped(ctx);
  }
}

async function takeStep(
  ctx: TaskContext,
  work: Record<StageName, StageWork>,
  holds: { inARow: number },
): Promise<void> {
  const { stage, escalated } = ctx.state;
  if (!isRunning(stage)) return;
  if (escalated !== null) await awaitRevival(ctx, escalated);
  const outcome = await doWork(ctx, work[stage]);
  // What was kept back may be carried out now: production is as it was before.
  if (ctx.state.stop !== null && judgeStop(ctx.state) === 'cut') return;
  const decision = decide({ ...ctx.state, stage }, outcome, ctx.policy);
  holds.inARow = decision.kind === 'hold' ? holds.inARow + 1 : 0;
  if (decision.kind === 'hold') await hold(ctx, decision, holds.inARow);
  else apply(ctx, stage, decision);
}

/** Breakage that outlived its retries becomes a hold, never a failed gate. Source: ORCH-109, ORCH-116. */
async function doWork(ctx: TaskContext, work: StageWork): Promise<StageOutcome> {
  ctx.policy = ctx.nextPolicy;
  try {
    await joinLaneFor(ctx);
    return await work(ctx);
  } catch (error) {
    if (!(error instanceof ActivityFailure) || isCancellation(error)) throw error;
    log.error('a tool broke', { activity: error.activityType, reason: rootMessage(error) });
    return { kind: 'hold', owner: 'infra', reason: `${error.activityType}: ${rootMessage(error)}` };
  }
}

function apply(
  ctx: TaskContext,
  from: StageName,
  decision: Exclude<Decision, { kind: 'hold' }>,
): void {
  if (decision.kind === 'escalate') {
    escalate(ctx, from, decision.reason);
    return;
  }
  const at = now();
  change(ctx, applyDecision(ctx.state, decision, at));
  const { stage: to } = ctx.state;
  const reason = 'reason' in decision ? decision.reason : null;
  const seq = nextSeq(ctx);
  if (to !== 'none') ctx.effects.push({ kind: 'transition', seq, from, to, at, reason });
  announce(ctx, { from, decision, seq });
  sendEffects(ctx);
}

/** Tells people what a decision did; each text once. */
function announce(
  ctx: TaskContext,
  about: { from: StageName; decision: Decision; seq: number },
): void {
  const { from, decision, seq } = about;
  const { stage: to, returns } = ctx.state;
  switch (decision.kind) {
    case 'advance':
      if (to === 'done') summarise(ctx);
      else
        comment(ctx, {
          key: `transition-${seq}`,
          by: 'stream',
          text: { kind: 'transition', from, to, reason: null },
        });
      return;
    case 'return':
    case 'conflict': {
      const { reason, mustFixRef: mustFix } = decision;
      const [attempt, of] = [returns, ctx.policy.maxReturns];
      comment(ctx, {
        key: `returned-${seq}`,
        by: 'stream',
        text: {
          kind: 'returned',
          from,
          to: decision.to,
          reason,
          attempt,
          of,
          mustFix,
        },
      });
      notice(ctx, `returned-${seq}`, { kind: 'returned', from, reason });
      return;
    }
    case 'back':
    case 'again': {
      const { reason } = decision;
      comment(ctx, {
        key: `transition-${seq}`,
        by: 'stream',
        text: { kind: 'transition', from, to, reason },
      });
      return;
    }
    case 'end':
    case 'escalate':
    case 'hold':
  }
}

function summarise(ctx: TaskContext): void {
  const { landed, runs, startedAt, humanMs, returns } = ctx.state;
  comment(ctx, {
    key: 'summary',
    by: 'stream',
    text: {
      kind: 'summary',
      landedSha: landed?.sha ?? null,
      usage: totalUsage(runs),
      seconds: Math.round((Date.now() - Date.parse(startedAt)) / 1000),
      humanSeconds: Math.round(humanMs / 1000),
      returns,
    },
  });
}

function escalate(ctx: TaskContext, stage: StageName, reason: string): void {
  const seq = nextSeq(ctx);
  change(ctx, { escalated: reason });
  comment(ctx, {
    key: `escalated-${seq}`,
    by: 'stream',
    text: { kind: 'escalated', stage, reason },
  });
  notice(ctx, `escalated-${seq}`, { kind: 'escalated', stage, reason });
  sendEffects(ctx);
}

/** Nothing revives an escalated task but a person. Source: ET-013. */
async function awaitRevival(ctx: TaskContext, reason: string): Promise<void> {
  await awaitOffLane(ctx, 'revival', `${reason}: set To Analyse to try again`);
  change(ctx, revived(ctx.state));
}

/**
 * Waits for a hold's owner and lets the stage run again. Infrastructure is tried again on a timer that backs off, at once
 * when a person says To Analyse; what a person owns waits for that word, and goes on with fresh budgets. No attempt is used up.
 */
async function hold(
  ctx: TaskContext,
  about: { owner: 'infra' | 'human'; reason: string },
  holds: number,
): Promise<void> {
  const { owner, reason } = about;
  if (owner === 'human' || holds === ctx.policy.maxInfraRetries) {
    const seq = nextSeq(ctx);
    const subject = owner === 'human' ? 'a person' : 'infrastructure';
    comment(ctx, { key: `held-${seq}`, by: 'stream', text: { kind: 'held', subject, reason } });
    notice(ctx, `held-${seq}`, { kind: 'held', subject, reason });
  }
  if (owner === 'human') {
    await awaitOffLane(ctx, 'revival', reason);
    change(ctx, revived(ctx.state));
    return;
  }
  await leaveLane(ctx);
  takeGesture(ctx);
  enterWait(ctx, 'infra', reason);
  sendEffects(ctx);
  await condition(() => ctx.inbox.gesture !== null, pauseAfter(holds, ctx.policy), {
    summary: 'try the broken tool again',
  });
  takeGesture(ctx);
  leaveWait(ctx);
  await continueIfLong(ctx);
}
