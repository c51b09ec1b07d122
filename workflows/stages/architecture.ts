import type { StageOutcome } from '../domain/decide.ts';
import type { TaskContext } from '../task-context.ts';
import { produce, unfinished } from './produce.ts';

/** The architect decides; READY in an ADR goes on, CONFLICT goes back to the analyst. */
export async function architecture(ctx: TaskContext): Promise<StageOutcome> {
  const result = await produce(ctx, 'architect', true);
  const { verdict } = result;
  const problem = unfinished(result);
  if (problem !== null) return problem;
  switch (verdict.kind) {
    case 'architecture':
      return verdict.status === 'READY'
        ? { kind: 'pass', notes: [] }
        : { kind: 'conflict', mustFixRef: verdict.mustFixRef };
    case 'unusable':
      return verdict;
    default:
      return { kind: 'unusable', reason: `the architect left a ${verdict.kind} verdict` };
  }
}
