import { onFlow } from '../calls.ts';
import type { StageOutcome } from '../domain/decide.ts';
import { judgeDevelopment } from '../domain/role-gates.ts';
import { recordVerdict } from '../effects-queue.ts';
import { change } from '../task-context.ts';
import type { TaskContext } from '../task-context.ts';
import { awaitCi } from './ci.ts';
import { produce } from './produce.ts';

/** The developer changes the code, the pull request is opened, CI judges the pushed head. */
export async function development(ctx: TaskContext): Promise<StageOutcome> {
  if (ctx.state.developed === null) {
    const problem = await develop(ctx);
    if (problem !== null) return problem;
  }
  return awaitJudgement(ctx);
}

/** Trouble of the forge after the agent has finished must not cost a second run, so its work is remembered. Source: I5. */
async function develop(ctx: TaskContext): Promise<StageOutcome | null> {
  const production = await produce(ctx, 'developer', true);
  if (production.kind === 'fruitless') return production.outcome;
  const hasPullRequest = ctx.state.pullRequest !== null;
  const problem = judgeDevelopment(production.verdict, hasPullRequest);
  if (problem === null) change(ctx, { developed: production.head });
  return problem;
}

async function awaitJudgement(ctx: TaskContext): Promise<StageOutcome> {
  const { ref, title, developed } = ctx.state;
  if (developed === null) throw new Error('CI judges what was developed');
  if (ctx.state.pullRequest === null) {
    const pullRequest = await onFlow(ctx, 'open the pull request').ensurePullRequest({
      task: ref,
      title,
    });
    change(ctx, { pullRequest });
  }
  const outcome = await awaitCi(ctx, developed);
  recordVerdict(ctx, {
    gate: 'ci',
    outcome: outcome.kind,
    reason: 'reason' in outcome ? outcome.reason : '',
  });
  return outcome;
}
