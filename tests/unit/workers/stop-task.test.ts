import { WorkflowNotFoundError } from '@temporalio/client';
import type { Client } from '@temporalio/client';
import { expect, it } from 'vitest';
import { CliProblem, EXIT } from '../../../workers/cli-problem.ts';
import type { TaskDesk } from '../../../workers/report/task-desk.ts';
import { stopTask } from '../../../workers/stop-task.ts';
import { toTaskId } from '../../../workflows/domain/ids.ts';

const ID = toTaskId('NOTE-5');
const gone = new WorkflowNotFoundError('workflow execution already completed', 'task:NOTE-5', '');
const client = {
  withDeadline: (_: number, calls: () => Promise<unknown>) => calls(),
  workflow: { getHandle: () => ({ executeUpdate: () => Promise.reject(gone) }) },
} as unknown as Client;

it('stopping a task that has ended tells how it ended', async () => {
  const ended = { stage: 'cancelled', endedAt: '2026-11-21T09:00:00.000Z' };
  const report = (() => Promise.resolve(ended)) as unknown as TaskDesk['report'];
  expect(await stopTask(client, report, ID)).toEqual({ answer: 'ended', ...ended });
});

it('stopping a task nobody knows is refused', async () => {
  const report = () => Promise.reject(new CliProblem(EXIT.unknown, 'no task NOTE-5'));
  await expect(stopTask(client, report, ID)).rejects.toMatchObject({ exitCode: EXIT.unknown });
});
