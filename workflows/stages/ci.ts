import { onFlow } from '../calls.ts';
import type { Sha } from '../domain/ids.ts';
import type { GateOutcome } from '../domain/outcome.ts';
import type { CiVerdict } from '../domain/verdicts.ts';
import { enterWait, forgeHintOr, leaveWait, nextIteration } from '../task-context.ts';
import type { TaskContext } from '../task-context.ts';

/** Waits until CI has judged `sha`: green passes, red returns, silence and slowness hold. Source: ORCH-045. */
export async function awaitCi(ctx: TaskContext, sha: Sha): Promise<GateOutcome> {
  const { ref } = ctx.state;
  const deadline = Date.now() + ctx.policy.ciDeadlineMs;
  const iteration = nextIteration(ctx);
  let pauseMs = ctx.policy.rereadMs;
  for (;;) {
    ctx.inbox.forgeHints = 0;
    const verdict = await onFlow(ctx, `CI at ${sha.slice(0, 8)}`).readCi({
      task: ref,
      sha,
      iteration,
    });
    const outcome = judgeCi(verdict, Date.now() >= deadline);
    if (outcome !== null) {
      leaveWait(ctx);
      return outcome;
    }
    enterWait(ctx, 'ci', `${verdict.state} at ${sha.slice(0, 8)}`);
    await forgeHintOr(ctx, pauseMs);
    pauseMs = Math.min(pauseMs * 2, ctx.policy.rereadMaxMs);
  }
}

function judgeCi(verdict: CiVerdict, isLate: boolean): GateOutcome | null {
  switch (verdict.state) {
    case 'success':
      return { kind: 'pass', notes: [] };
    case 'failure':
      return {
        kind: 'fail',
        reason: `CI failed: ${verdict.failing.join(', ')}`,
        mustFixRef: verdict.mustFixRef,
      };
    case 'none':
      return isLate ? { kind: 'hold', owner: 'infra', reason: 'CI never reported' } : null;
    case 'pending':
      return isLate ? { kind: 'hold', owner: 'infra', reason: 'CI is still pending' } : null;
  }
}
