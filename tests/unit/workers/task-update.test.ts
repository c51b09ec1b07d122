import { ServiceError, WorkflowNotFoundError } from '@temporalio/client';
import type { Client } from '@temporalio/client';
import { expect, it } from 'vitest';
import { EXIT } from '../../../workers/cli-problem.ts';
import { cancelTask } from '../../../workers/task-update.ts';
import { toTaskId } from '../../../workflows/domain/ids.ts';

const ID = toTaskId('NOTE-8');

/** A client whose every cancel fails this way. */
const failing = (error: Error): Client =>
  ({
    withDeadline: (_: number, calls: () => Promise<unknown>) => calls(),
    workflow: { getHandle: () => ({ cancel: () => Promise.reject(error) }) },
  }) as unknown as Client;

it('a stop that Temporal does not answer is one sentence, with what to look at', async () => {
  const cause = new Error('connect ECONNREFUSED 127.0.0.1:1');
  const away = failing(new ServiceError('Failed to cancel Workflow', { cause }));
  await expect(cancelTask(away, ID)).rejects.toMatchObject({
    name: 'CliProblem',
    exitCode: EXIT.failed,
    message: expect.stringMatching(
      /^unknown whether NOTE-8 will stop: .*ECONNREFUSED.*ORCH_TEMPORAL_ADDRESS/,
    ) as string,
  });
});

it('a task that ended before it was cancelled is told apart', async () => {
  const gone = failing(new WorkflowNotFoundError('no such workflow', 'task:NOTE-8', undefined));
  await expect(cancelTask(gone, ID)).rejects.toMatchObject({ exitCode: EXIT.unknown });
});
