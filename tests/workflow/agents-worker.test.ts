import { randomUUID } from 'node:crypto';
import { resolve } from 'node:path';
import { pino } from 'pino';
import { Client, Connection } from '@temporalio/client';
import { NativeConnection, Worker } from '@temporalio/worker';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { HttpStatusError, PermanentError, ToolError } from '../../activities/errors.ts';
import { loadAgentsConfig } from '../../workers/config.ts';
import { startAgentsWorker } from '../../workers/worker.ts';
import type { AgentsDuties, RunningWorkers } from '../../workers/worker.ts';
import type { callActivity as call } from './call-activity.ts';
import { QUEUES } from '../../workflows/contract.ts';

const host = `h-${randomUUID()}`;
const target = `target-${randomUUID()}`;
const CALLERS = `callers-${randomUUID()}`;
let calls = 0;
let failWith: Error | null = null;
let workers: RunningWorkers;
let callers: Worker;
let calling: Promise<void>;
let connection: Connection;
let client: Client;

/** Stands for every deploy activity: counts, and fails once with what a test asks for. */
const watchDeploy = () => {
  calls += 1;
  const error = failWith;
  failWith = error instanceof ToolError ? null : error;
  return error === null ? Promise.resolve('well') : Promise.reject(error);
};

beforeAll(async () => {
  const config = loadAgentsConfig({
    ORCH_PROFILE: 'test',
    ORCH_TEMPORAL_ADDRESS: inject('temporalAddress'),
    ORCH_LEDGER_URL: 'postgres://127.0.0.1:1/none',
    ORCH_PLANE_URL: 'http://127.0.0.1:1',
    ORCH_GITEA_URL: 'http://127.0.0.1:1',
    ORCH_PLANE_READ_TOKEN: 'none',
    ORCH_GITEA_GIT_TOKEN: 'none',
    ORCH_SHUTDOWN_GRACE_SECONDS: '1',
  });
  const duties = {
    host,
    slots: 1,
    hostActivities: { claimWorkspace: watchDeploy, produce: watchDeploy, seal: watchDeploy },
    controlActivities: { ping: () => Promise.resolve({ host }) },
    deployTargets: [target],
    deployActivities: { watchDeploy },
  };
  workers = await startAgentsWorker(
    config,
    duties as unknown as AgentsDuties,
    pino({ level: 'silent' }),
  );
  connection = await Connection.connect({ address: inject('temporalAddress') });
  client = new Client({ connection });
  callers = await Worker.create({
    connection: await NativeConnection.connect({ address: inject('temporalAddress') }),
    taskQueue: CALLERS,
    workflowsPath: resolve(import.meta.dirname, 'call-activity.ts'),
  });
  calling = callers.run();
});
afterAll(async () => {
  workers.stop();
  callers.shutdown();
  await Promise.all([workers.done, calling]);
  await connection.close();
});

/** Calls an activity the way workflows do; each test has its queue to itself. */
function callActivity(name: string, taskQueue: string): Promise<unknown> {
  calls = 0;
  return client.workflow.execute<typeof call>('callActivity', {
    workflowId: randomUUID(),
    taskQueue: CALLERS,
    args: [name, taskQueue],
  });
}

it('polls every queue of its host and of its targets', async () => {
  expect(workers.queues).toEqual([
    QUEUES.claim,
    QUEUES.agents(host),
    QUEUES.work(host),
    QUEUES.control(host),
    QUEUES.deploy(target),
  ]);
  expect(await callActivity('ping', QUEUES.control(host))).toEqual({ host });
});

it.each([
  new PermanentError('a person must act'),
  new HttpStatusError({ system: 's', call: 'c', status: 404, retryAfterMs: null, body: '' }),
])('$name is made a failure that is not tried again', async (error) => {
  failWith = error;
  await expect(callActivity('watchDeploy', QUEUES.deploy(target))).rejects.toThrow();
  expect(calls).toBe(1);
});

it('what may pass is tried again', async () => {
  failWith = new ToolError('a hiccup');
  expect(await callActivity('watchDeploy', QUEUES.deploy(target))).toBe('well');
  expect(calls).toBe(2);
});
