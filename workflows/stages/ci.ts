import { onFlow } from '../calls.ts';
import { judgeCi } from '../domain/gates.ts';
import type { Sha } from '../domain/ids.ts';
import type { GateOutcome } from '../domain/outcome.ts';
import { pauseAfter } from '../domain/waits.ts';
import { enterWait, forgeHintOr, leaveWait, nextIteration } from '../task-context.ts';
import type { TaskContext } from '../task-context.ts';

/** Waits until CI has judged `sha`, or is late. */
export async function awaitCi(ctx: TaskContext, sha: Sha): Promise<GateOutcome> {
  const { ref } = ctx.state;
  const deadline = Date.now() + ctx.policy.ciDeadlineMs;
  const iteration = nextIteration(ctx);
  for (let reads = 1; ; reads += 1) {
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
    await forgeHintOr(ctx, pauseAfter(reads, ctx.policy));
  }
}
