import type { RunSummary } from './domain/runs.ts';
import { change } from './task-context.ts';
import type { TaskContext } from './task-context.ts';

/** Books a run that is over: in the state and in the ledger. */
export function bookRun(ctx: TaskContext, run: RunSummary): void {
  ctx.effects.push({ kind: 'run', run });
  change(ctx, { runs: [...ctx.state.runs, run] });
}
