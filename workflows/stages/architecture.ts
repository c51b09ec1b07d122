import type { StageOutcome } from '../domain/decide.ts';
import { judgeArchitecture } from '../domain/role-gates.ts';
import type { TaskContext } from '../task-context.ts';
import { produce } from './produce.ts';

/** The architect decides, on the package alone. */
export async function architecture(ctx: TaskContext): Promise<StageOutcome> {
  const production = await produce(ctx, 'architect', true);
  return production.kind === 'fruitless'
    ? production.outcome
    : judgeArchitecture(production.verdict);
}
