import { onTarget } from '../calls.ts';
import type { StageOutcome } from '../domain/decide.ts';
import { judgeWatch } from '../domain/gates.ts';
import { recordVerdict } from '../effects-queue.ts';
import { nextRunKey, now } from '../task-context.ts';
import type { TaskContext } from '../task-context.ts';
import { keepEvidence } from './evidence.ts';
import { requireBuild } from './require.ts';

const MARGIN_MS = 120_000;

/** Watches production for the window; the lane is free meanwhile. */
export async function monitoring(ctx: TaskContext): Promise<StageOutcome> {
  const { production, watchWindowMs: windowMs, watchIntervalMs: intervalMs } = ctx.policy;
  if (production === null) {
    return { kind: 'pass', notes: ['watch: N/A, the project has no production target'] };
  }
  const { build } = requireBuild(ctx);
  const verdict = await onTarget(ctx, {
    target: production.target,
    summary: 'watch production',
    timeoutMs: windowMs + MARGIN_MS,
  }).watchDeploy({
    task: ctx.state.ref,
    key: nextRunKey(ctx, 'suite'),
    ...production,
    build,
    fence: 0,
    windowMs,
    intervalMs,
    since: now(),
  });
  recordVerdict(ctx, { gate: 'watch', outcome: verdict.status, reason: verdict.reason });
  keepEvidence(ctx, '16-post-deploy-log.md', verdict.documentId);
  return judgeWatch(verdict);
}
