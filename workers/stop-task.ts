import { randomUUID } from 'node:crypto';
import type { Client } from '@temporalio/client';
import { stop } from '../workflows/contract.ts';
import type { TaskId } from '../workflows/domain/ids.ts';
import type { StopAnswer } from '../workflows/domain/stop.ts';
import { CliProblem, EXIT } from './cli-problem.ts';
import type { TaskDesk } from './report/task-desk.ts';
import { cancelTask, updateTask } from './task-update.ts';

/** What became of a STOP: the task's own answer; `kept` = Temporal keeps it; `ended` = no life of the task runs, it was last in `stage`. */
export type Stopped =
  { answer: StopAnswer | 'kept' } | { answer: 'ended'; stage: string; endedAt: string | null };

/** Stops a task, as the board's STOP does. Throws CliProblem for a task nobody knows, and when Temporal does not answer. */
export async function stopTask(
  client: Client,
  report: TaskDesk['report'],
  id: TaskId,
): Promise<Stopped> {
  try {
    const request = { id, updateId: randomUUID(), update: stop, argument: { by: 'cli' } as const };
    const said = await updateTask(client, request);
    if (said.kind === 'answered') return { answer: said.answer };
    await cancelTask(client, id);
    return { answer: 'kept' };
  } catch (error) {
    if (!(error instanceof CliProblem) || error.exitCode !== EXIT.unknown) throw error;
    const { stage, endedAt } = await report(id);
    return { answer: 'ended', stage, endedAt };
  }
}
