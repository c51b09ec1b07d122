import type { Sha } from '../domain/ids.ts';
import type { Build, Seal } from '../domain/task-state.ts';
import type { TaskContext } from '../task-context.ts';

/** The task's tree; throws before the branch is cut. */
export function requireTree(ctx: TaskContext): { baseSha: Sha; workHead: Sha } {
  const { baseSha, workHead } = ctx.state;
  if (baseSha === null || workHead === null) throw new Error('the branch was not cut yet');
  return { baseSha, workHead };
}

/** The seal and the build made from it; throws before deploy-staging has passed. */
export function requireBuild(ctx: TaskContext): { seal: Seal; build: Build } {
  const { seal, build } = ctx.state;
  if (seal === null || build === null) throw new Error('nothing was sealed and built yet');
  return { seal, build };
}

/** The task's pull request; throws before development has pushed. */
export function requirePullRequest(ctx: TaskContext): { number: number; url: string } {
  const { pullRequest } = ctx.state;
  if (pullRequest === null) throw new Error('no pull request was opened yet');
  return pullRequest;
}
