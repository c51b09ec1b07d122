import { onHost } from '../calls.ts';
import type { StageOutcome } from '../domain/decide.ts';
import { judgeTests } from '../domain/gates.ts';
import { recordVerdict } from '../effects-queue.ts';
import { leaveLane } from '../admission.ts';
import { change, nextRunKey } from '../task-context.ts';
import type { TaskContext } from '../task-context.ts';
import { requireTree } from './require.ts';

const MARGIN_MS = 120_000;

/** The test runner, no model: the project's own acceptance tests on the work head. The lane is free afterwards. */
export async function testing(ctx: TaskContext): Promise<StageOutcome> {
  const outcome = await runTests(ctx, 'test');
  if (outcome.kind === 'pass') await leaveLane(ctx);
  return outcome;
}

/** Runs the project's tests on the work head; a pass binds to the code tree it judged. */
export async function runTests(ctx: TaskContext, kind: 'test' | 'retest'): Promise<StageOutcome> {
  const { testTimeoutMs } = ctx.policy;
  const { workHead } = requireTree(ctx);
  const summary = kind === 'test' ? 'run the tests' : 'test the combined tree';
  const answer = await onHost(ctx, summary, 2 * testTimeoutMs + MARGIN_MS).runTests({
    task: ctx.state.ref,
    key: nextRunKey(ctx, kind),
    workHead,
    timeoutMs: testTimeoutMs,
  });
  change(ctx, { workHead: answer.workHead });
  const { verdict } = answer;
  if (verdict.kind === 'pass') {
    change(ctx, { judged: { ...ctx.state.judged, testedCodeTree: verdict.codeTree } });
  }
  const outcome = judgeTests(verdict);
  const reason = 'reason' in outcome ? outcome.reason : '';
  recordVerdict(ctx, { gate: `${kind}s`, outcome: outcome.kind, reason });
  return outcome;
}
