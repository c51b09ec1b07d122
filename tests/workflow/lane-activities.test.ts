import { randomUUID } from 'node:crypto';
import { Client, Connection } from '@temporalio/client';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { findDeadHolders } from '../../activities/lane/find-dead-holders.ts';
import { requestGrant } from '../../activities/lane/request-grant.ts';
import { laneWorkflowId } from '../../workflows/contract.ts';
import type { Holder } from '../../workflows/domain/activities.ts';
import type { RepoSlug } from '../../workflows/domain/ids.ts';

let connection: Connection;
let client: Client;

beforeAll(async () => {
  connection = await Connection.connect({ address: inject('temporalAddress') });
  client = new Client({ connection });
});
afterAll(() => connection.close());

it('starts a lane with the first request and signals the same one with the next', async () => {
  const repo = `acme/${randomUUID()}` as RepoSlug;
  const ask = (requestId: string) =>
    requestGrant(client.workflow, {
      repo,
      request: {
        requestId,
        workflowId: 'task:NOTE-1',
        life: 'l.1',
        kind: 'admission',
        rejoin: false,
      },
    });
  await Promise.all([ask('one'), ask('two'), ask('one')]);
  const lane = client.workflow.getHandle(laneWorkflowId(repo));
  const { events } = await lane.fetchHistory();
  const signals = events?.filter((event) =>
    Boolean(event.workflowExecutionSignaledEventAttributes),
  );
  expect(signals).toHaveLength(3);
  await lane.terminate();
});

it('finds the holders that are closed, unknown or live another life, and no others', async () => {
  const start = async (memo?: Record<string, unknown>) => {
    const workflowId = `task:${randomUUID()}`;
    // Nobody polls this queue: the workflow stays as it is started.
    const options = { workflowId, taskQueue: `nobody-${workflowId}`, ...(memo && { memo }) };
    return { workflowId, handle: await client.workflow.start('task', options) };
  };
  const [alive, closed, reborn, said] = [
    await start(),
    await start(),
    await start(),
    await start({ life: 'x.2' }),
  ];
  await closed.handle.terminate();
  const holders: Holder[] = [
    holder('alive', alive.workflowId, `${alive.handle.firstExecutionRunId}.1`),
    holder('closed', closed.workflowId, `${closed.handle.firstExecutionRunId}.1`),
    holder('reborn', reborn.workflowId, `${randomUUID()}.1`),
    holder('said', said.workflowId, 'x.2'),
    holder('said-other', said.workflowId, 'x.1'),
    holder('unknown', `task:${randomUUID()}`, 'y.1'),
  ];
  const { requestIds } = await findDeadHolders(client.workflow, { holders });
  expect(requestIds).toEqual(['closed', 'reborn', 'said-other', 'unknown']);
  await Promise.all([alive, reborn, said].map(({ handle }) => handle.terminate()));
});

function holder(requestId: string, workflowId: string, life: string): Holder {
  return { requestId, workflowId, life };
}
