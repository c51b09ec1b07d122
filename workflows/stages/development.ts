import { onFlow } from '../calls.ts';
import type { StageOutcome } from '../domain/decide.ts';
import { recordVerdict } from '../effects-queue.ts';
import { acquire } from '../grants.ts';
import { change } from '../task-context.ts';
import type { TaskContext } from '../task-context.ts';
import { awaitCi } from './ci.ts';
import { produce, unfinished } from './produce.ts';

/** The developer changes the code, the pull request is opened, CI judges the pushed head. */
export async function development(ctx: TaskContext): Promise<StageOutcome> {
  if (ctx.state.admission === null) {
    change(ctx, { admission: await acquire(ctx, 'admission', true) });
  }
  const result = await produce(ctx, 'developer', true);
  const { verdict } = result;
  const problem = unfinished(result);
  if (problem !== null) return problem;
  if (verdict.kind === 'unusable') return verdict;
  if (verdict.kind === 'code' && !verdict.changed && ctx.state.pullRequest === null) {
    return { kind: 'unusable', reason: 'the developer changed nothing' };
  }
  const { ref, title } = ctx.state;
  if (ctx.state.pullRequest === null) {
    const pullRequest = await onFlow(ctx, 'open the pull request').ensurePullRequest({
      task: ref,
      title,
    });
    change(ctx, { pullRequest });
  }
  const outcome = await awaitCi(ctx, result.branchHead ?? result.workHead);
  recordVerdict(ctx, {
    gate: 'ci',
    outcome: outcome.kind,
    reason: 'reason' in outcome ? outcome.reason : '',
  });
  return outcome;
}
