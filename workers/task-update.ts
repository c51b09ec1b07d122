import {
  ServiceError,
  WorkflowNotFoundError,
  WorkflowUpdateRPCTimeoutOrCancelledError,
} from '@temporalio/client';
import type { Client } from '@temporalio/client';
import type { UpdateDefinition } from '@temporalio/common';
import { taskWorkflowId } from '../workflows/contract.ts';
import type { TaskId } from '../workflows/domain/ids.ts';
import { CliProblem, EXIT } from './cli-problem.ts';
import { reasonOf } from './reason-of.ts';
import { within } from './temporal-client.ts';

const DEADLINE_MS = 3000;

/** What a person asks a task to do. The same `updateId` again is the same request: it happens once. */
export interface TaskUpdate<Answer, Argument> {
  id: TaskId;
  updateId: string;
  update: UpdateDefinition<Answer, [Argument]>;
  argument: Argument;
}

/**
 * Asks a running task and waits 3 s for its answer. `unknown` = nobody answered: no worker may be up, and the request may still
 * be carried out later. Throws CliProblem when no such task runs.
 */
export async function updateTask<Answer, Argument>(
  client: Client,
  { id, updateId, update, argument }: TaskUpdate<Answer, Argument>,
): Promise<{ kind: 'answered'; answer: Answer } | { kind: 'unknown' }> {
  const handle = client.workflow.getHandle(taskWorkflowId(id));
  try {
    const call = () => handle.executeUpdate(update, { args: [argument], updateId });
    return { kind: 'answered', answer: await within(client, DEADLINE_MS, call) };
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) throw notRunning(id);
    if (isSilence(error)) return { kind: 'unknown' };
    throw error;
  }
}

/** Nobody took it, or nobody said so: no server, no worker, or a workflow task that fails. */
const isSilence = (error: unknown): boolean =>
  error instanceof WorkflowUpdateRPCTimeoutOrCancelledError || error instanceof ServiceError;

/**
 * Asks Temporal itself to cancel a task, which needs no worker to be kept: for a task a cancel is a STOP. Throws CliProblem when
 * no such task runs, and when Temporal does not answer within 3 s.
 */
export async function cancelTask(client: Client, id: TaskId): Promise<void> {
  try {
    await within(client, DEADLINE_MS, () => client.workflow.getHandle(taskWorkflowId(id)).cancel());
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) throw notRunning(id);
    if (!isSilence(error)) throw error;
    throw new CliProblem(
      EXIT.failed,
      `unknown whether ${id} will stop: Temporal does not answer: ${reasonOf(error)}; is ORCH_TEMPORAL_ADDRESS right, and the server up?`,
    );
  }
}

const notRunning = (id: TaskId): CliProblem =>
  new CliProblem(EXIT.unknown, `no task ${id} runs; "orch task list" shows those that do`);
