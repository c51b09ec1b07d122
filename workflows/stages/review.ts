import type { StageOutcome } from '../domain/decide.ts';
import { recordVerdict } from '../effects-queue.ts';
import { change } from '../task-context.ts';
import type { TaskContext } from '../task-context.ts';
import { produce, unfinished } from './produce.ts';

/** The reviewer judges the head's code; the verdict holds while the code identity does. */
export async function review(ctx: TaskContext): Promise<StageOutcome> {
  const result = await produce(ctx, 'reviewer', false);
  const { verdict } = result;
  const problem = unfinished(result);
  if (problem !== null) return problem;
  if (verdict.kind === 'unusable') return verdict;
  if (verdict.kind !== 'review') {
    return { kind: 'unusable', reason: `the reviewer left a ${verdict.kind} verdict` };
  }
  recordVerdict(ctx, { gate: 'review', outcome: verdict.verdict, reason: '' });
  if (verdict.verdict === 'REQUEST_CHANGES') {
    return {
      kind: 'fail',
      reason: 'the reviewer asks for changes',
      mustFixRef: verdict.mustFixRef,
    };
  }
  const { judged } = ctx.state;
  change(ctx, { judged: { ...judged, reviewIdentity: verdict.codeIdentity } });
  return { kind: 'pass', notes: [] };
}
