import type { StageOutcome } from '../domain/decide.ts';
import { judgeReview } from '../domain/role-gates.ts';
import { recordVerdict } from '../effects-queue.ts';
import { change } from '../task-context.ts';
import type { TaskContext } from '../task-context.ts';
import { produce } from './produce.ts';

/** The reviewer judges the head's code; the verdict holds while the code identity does. */
export async function review(ctx: TaskContext): Promise<StageOutcome> {
  const production = await produce(ctx, 'reviewer', false);
  if (production.kind === 'fruitless') return production.outcome;
  const { verdict } = production;
  const outcome = judgeReview(verdict);
  if (verdict.kind !== 'review') return outcome;
  recordVerdict(ctx, { gate: 'review', outcome: verdict.verdict, reason: '' });
  if (outcome.kind === 'pass') {
    change(ctx, { judged: { ...ctx.state.judged, reviewIdentity: verdict.codeIdentity } });
  }
  return outcome;
}
