import { ApplicationFailure } from '@temporalio/workflow';
import { onAgents } from '../calls.ts';
import type { EndedRun } from '../domain/activities.ts';
import type { Role } from '../domain/stages.ts';
import { comment } from '../effects-queue.ts';
import { change, nextRunKey } from '../task-context.ts';
import type { TaskContext } from '../task-context.ts';
import { requireTree } from './require.ts';

/** Room for commit, push and the kill ladder after an agent's own time is over. */
const MARGIN_MS = 180_000;

/** Runs one agent of `role` on the task's tree and books the run; the verdict is for the stage to judge. */
export async function produce(
  ctx: TaskContext,
  role: Role,
  pushBranch: boolean,
): Promise<EndedRun> {
  const { ref, title, track, returns, mustFix, branchHead, withComments } = ctx.state;
  const policy = ctx.policy.roles[role];
  const key = nextRunKey(ctx, 'agent');
  const result = await onAgents(ctx, `${role} works`, policy.timeoutMs + MARGIN_MS).produce({
    task: ref,
    title,
    track,
    role,
    key,
    continuation: 0,
    policy,
    ...requireTree(ctx),
    branchHead,
    pushBranch,
    returns,
    mustFix,
    withComments,
  });
  if (result.kind === 'interrupted') {
    throw ApplicationFailure.nonRetryable(`${role}: ${result.reason}`, result.why);
  }
  ctx.effects.push({ kind: 'run', run: result.run });
  comment(ctx, {
    key: `run-${result.run.runId}`,
    by: role,
    text: {
      kind: 'role-finished',
      run: result.run,
      documents: result.documents,
    },
  });
  change(ctx, {
    runs: [...ctx.state.runs, result.run],
    workHead: result.workHead,
    branchHead: result.branchHead,
    withComments: false,
  });
  return result;
}

/** An agent that did not finish left nothing that counts. Null = it finished. */
export function unfinished(result: EndedRun): { kind: 'unusable'; reason: string } | null {
  const { end, role } = result.run;
  return end === 'finished' ? null : { kind: 'unusable', reason: `the ${role} ended with ${end}` };
}
