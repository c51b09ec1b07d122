import {
  CancellationScope,
  condition,
  log,
  sleep,
  TemporalFailure,
  workflowInfo,
} from '@temporalio/workflow';
import { onFlow } from './calls.ts';
import type { CommentText, Effect, NoticeText, BotRole } from './domain/effects.ts';
import { isRunning } from './domain/progress.ts';
import { viewOf } from './domain/view.ts';
import { now } from './task-context.ts';
import type { TaskContext } from './task-context.ts';

const RETRY_AFTER_MS = 30_000;
const MAX_RETRY_AFTER_MS = 300_000;

/**
 * Starts sending what was queued, unless it is being sent. Everything queued meanwhile goes out as one batch, beside the
 * next producer. A batch that cannot be sent is tried for ever: an effect is late, never lost, never doubled.
 */
export function sendEffects(ctx: TaskContext): void {
  if (ctx.areEffectsRunning || ctx.effects.length === 0) return;
  ctx.areEffectsRunning = true;
  // Who began it may be cancelled, as the listener is: what was queued goes out all the same.
  void CancellationScope.nonCancellable(() => pump(ctx));
}

/** Sends what is queued and returns when all of it has happened. */
export async function settleEffects(ctx: TaskContext): Promise<void> {
  sendEffects(ctx);
  if (ctx.areEffectsRunning) await condition(() => !ctx.areEffectsRunning);
}

/** Queues a comment that is posted once per life under its key. */
export function comment(
  ctx: TaskContext,
  about: { key: string; by: BotRole; text: CommentText },
): void {
  ctx.effects.push({ kind: 'comment', ...about });
}

/** Queues a message that rings, sent once per life under `key`. */
export function notice(ctx: TaskContext, key: string, text: NoticeText): void {
  ctx.effects.push({ kind: 'notice', key, text });
}

/** Queues the ledger row of what a gate of the current stage said. */
export function recordVerdict(
  ctx: TaskContext,
  about: { gate: string; outcome: string; reason: string },
): void {
  const { stage } = ctx.state;
  if (!isRunning(stage)) return;
  ctx.effects.push({ kind: 'verdict', seq: nextSeq(ctx), stage, ...about, at: now() });
}

/** A number for the next ledger row of this life. */
export function nextSeq(ctx: TaskContext): number {
  ctx.state = { ...ctx.state, effectsSeq: ctx.state.effectsSeq + 1 };
  return ctx.state.effectsSeq;
}

async function pump(ctx: TaskContext): Promise<void> {
  while (ctx.effects.length > 0) {
    const effects = ctx.effects.splice(0);
    await send(ctx, effects);
  }
  ctx.areEffectsRunning = false;
}

async function send(ctx: TaskContext, effects: Effect[]): Promise<void> {
  for (let pauseMs = RETRY_AFTER_MS; ; pauseMs = Math.min(2 * pauseMs, MAX_RETRY_AFTER_MS)) {
    try {
      const summary = effects.map((effect) => effect.kind).join(', ');
      const { policy } = await onFlow(ctx, `tell board, chat and ledger: ${summary}`).applyEffects({
        task: ctx.state.ref,
        runId: workflowInfo().runId,
        effects,
        view: viewOf(ctx.state),
        policyVersion: ctx.nextPolicy.version,
      });
      ctx.nextPolicy = policy ?? ctx.nextPolicy;
      return;
    } catch (error) {
      if (!(error instanceof TemporalFailure)) throw error;
      log.error('effects could not be applied', { reason: error.message });
      await sleep(pauseMs, { summary: 'effects could not be applied: again later' });
    }
  }
}
