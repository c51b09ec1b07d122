import { Readable } from 'node:stream';
import type { Client, WorkflowExecutionInfo } from '@temporalio/client';
import { TypedSearchAttributes } from '@temporalio/common';
import { describe, expect, it } from 'vitest';
import type { TaskRow } from '../../../activities/ledger/queries.ts';
import { createTaskList } from '../../../workers/list-tasks.ts';
import { ATTRIBUTES } from '../../../workflows/contract.ts';

const addresses = {
  self: 'http://self',
  temporalUi: 'http://temporal',
  namespace: 'default',
  board: 'http://board',
  forge: 'http://forge',
  chat: null,
};

/** A client that lists the runs given as the open ones. */
function clientWith(...runIds: string[]): Client {
  const typedSearchAttributes = new TypedSearchAttributes([
    { key: ATTRIBUTES.workItem, value: 'NOTE-1' },
    { key: ATTRIBUTES.stage, value: 'done' },
  ]);
  const startTime = new Date('2026-11-21T09:00:00Z');
  const listed = runIds.map((runId) => ({
    ...{ workflowId: 'task:NOTE-1', runId, startTime, typedSearchAttributes },
  })) as WorkflowExecutionInfo[];
  return {
    withDeadline: (_: number, calls: () => Promise<unknown>) => calls(),
    workflow: { list: () => Readable.from(listed) },
  } as unknown as Client;
}

const row = (runId: string, title: string, endedAt: string | null): TaskRow => ({
  life: `${runId}.1`,
  taskId: 'NOTE-1',
  project: 'notes',
  repo: 'acme/notes',
  runId,
  title,
  track: 'full',
  stage: 'done',
  waitingOn: null,
  waitDetail: null,
  escalated: null,
  returns: 0,
  startedAt: '2026-11-21T09:00:00.000Z',
  endedAt,
  pullUrl: 'http://forge/pulls/1',
  landedSha: null,
  cardMessageId: null,
});

const list = (client: Client, rows: readonly TaskRow[]) => {
  const ledger = { listTasks: () => Promise.resolve(rows) };
  return createTaskList({ client, ledger, projects: () => [], addresses })();
};

describe('the list of tasks', () => {
  it('knows title and pull request of a life that has ended and still closes', async () => {
    const rows = [row('second', 'Closing', '2026-11-21T10:00:00.000Z')];
    expect(await list(clientWith('second'), rows)).toMatchObject([
      { id: 'NOTE-1', title: 'Closing', stage: 'done', links: { pull: 'http://forge/pulls/1' } },
    ]);
  });

  it('shows a new life without what an earlier one left', async () => {
    const rows = [row('first', 'Ended', '2026-11-21T09:30:00.000Z')];
    expect(await list(clientWith('second'), rows)).toMatchObject([
      { id: 'NOTE-1', title: null, links: { pull: null } },
    ]);
  });
});
