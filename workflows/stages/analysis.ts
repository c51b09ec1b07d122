import { onFlow } from '../calls.ts';
import type { StageOutcome } from '../domain/decide.ts';
import { isAutomatic } from '../domain/entry-check.ts';
import { documentsOf } from '../domain/ids.ts';
import { judgeAnalysis } from '../domain/role-gates.ts';
import type { Unusable } from '../domain/role-gates.ts';
import type { RoleVerdict } from '../domain/verdicts.ts';
import { comment, notice, settleEffects } from '../effects-queue.ts';
import { awaitOffLane } from '../admission.ts';
import { change } from '../task-context.ts';
import type { TaskContext } from '../task-context.ts';
import { produce } from './produce.ts';

/** The analyst writes the package or asks; a person approves, rejects or answers. */
export async function analysis(ctx: TaskContext): Promise<StageOutcome> {
  if (ctx.state.analysis === 'none') {
    comment(ctx, {
      key: `analyst-started-${ctx.state.iteration}`,
      by: 'analyst',
      text: { kind: 'analyst-started' },
    });
    const production = await produce(ctx, 'analyst', true);
    if (production.kind === 'fruitless') return production.outcome;
    const problem = takeVerdict(ctx, production.verdict);
    if (problem !== null) return problem;
  }
  return ctx.state.analysis === 'questions' ? awaitAnswers(ctx) : awaitApproval(ctx);
}

/** Shows people what the analyst left for them, and remembers which of the two it is. */
function takeVerdict(ctx: TaskContext, verdict: RoleVerdict): Unusable | null {
  const left = judgeAnalysis(verdict);
  if (left.kind === 'unusable') return left;
  if (left.kind === 'questions') {
    const { count } = left;
    const { iteration } = ctx.state;
    comment(ctx, {
      key: `questions-${iteration}`,
      by: 'analyst',
      text: { kind: 'questions', count },
    });
    notice(ctx, `questions-${iteration}`, { kind: 'answers-wanted', count });
  }
  // Kept until then: an analyst whose run did not count must hear the answers again.
  change(ctx, { analysis: left.kind, withComments: false });
  return null;
}

async function awaitAnswers(ctx: TaskContext): Promise<StageOutcome> {
  const reason = 'a person answered the questions';
  await awaitOffLane(ctx, 'answers', 'answer in comments, then set To Analyse');
  change(ctx, { analysis: 'none', withComments: true });
  return { kind: 'asked-again', reason };
}

async function awaitApproval(ctx: TaskContext): Promise<StageOutcome> {
  const { ref, iteration } = ctx.state;
  await settleEffects(ctx);
  const item = await onFlow(ctx, 'labels that lift the approval').readItem(ref);
  const { labels, autoApproveAllowed } = ctx.policy;
  if (item !== null && isAutomatic(item, labels.autoApprove, autoApproveAllowed)) {
    const because = `label ${labels.autoApprove}`;
    comment(ctx, {
      key: `auto-approved-${iteration}`,
      by: 'stream',
      text: {
        kind: 'automatic',
        what: 'approval',
        because,
      },
    });
    notice(ctx, `auto-approved-${iteration}`, { kind: 'automatic', what: 'approval' });
    return { kind: 'pass', notes: [`approval: ${because}`] };
  }
  comment(ctx, {
    key: `approval-${iteration}`,
    by: 'analyst',
    text: { kind: 'approval-call', documents: [documentsOf(ref.id)] },
  });
  notice(ctx, `approval-${iteration}`, { kind: 'approval-wanted' });
  const gesture = await awaitOffLane(ctx, 'approval', 'set Approved or Rejected');
  if (gesture.kind === 'approve') return { kind: 'pass', notes: [] };
  change(ctx, { analysis: 'none', withComments: true });
  return { kind: 'asked-again', reason: 'a person rejected the package' };
}
