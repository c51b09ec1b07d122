import { randomUUID } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { activityInfo } from '@temporalio/activity';
import { Client, Connection } from '@temporalio/client';
import type { WorkflowHandle } from '@temporalio/client';
import { DefaultLogger, NativeConnection, Runtime, Worker } from '@temporalio/worker';
import { findDeadHolders } from '../../activities/lane/find-dead-holders.ts';
import { grantRequested, laneView, laneWorkflowId } from '../../workflows/contract.ts';
import type { FlowActivities } from '../../workflows/domain/activities.ts';
import { toRepoSlug } from '../../workflows/domain/ids.ts';
import type { GrantKind, GrantRequest } from '../../workflows/domain/lane.ts';
import { heard, leave, repoLane, requester } from './requesters.ts';

type Sweep = FlowActivities['findDeadHolders'];

const WORKFLOWS = fileURLToPath(new URL('requesters.ts', import.meta.url));

/** A running requester: what it asks for, and what it heard. */
export interface Requester {
  readonly id: string;
  readonly request: (kind: GrantKind, patch?: Partial<GrantRequest>) => GrantRequest;
  readonly heard: () => Promise<Awaited<ReturnType<typeof readHeard>>>;
  readonly leave: () => Promise<void>;
  readonly terminate: () => Promise<void>;
}

/** One lane of its own; `ask` starts it with the first request, as the real activity does. Disposing ends it. */
export interface Lane extends AsyncDisposable {
  /** what looks for its dead holders; the real activity unless told otherwise */
  sweep: Sweep;
  readonly handle: WorkflowHandle<typeof repoLane>;
  /** one run of the lane's chain */
  readonly run: (runId: string) => WorkflowHandle;
  readonly ask: (request: GrantRequest) => Promise<void>;
  readonly view: () => Promise<{ holders: string[]; queue: string[] }>;
}

/** Lanes and requesters on the run's dev server, with a worker for both. */
export interface LaneWorld extends AsyncDisposable {
  readonly startRequester: () => Promise<Requester>;
  readonly newLane: (sweepMs?: number) => Lane;
}

const readHeard = (handle: WorkflowHandle) => handle.query(heard);

/** Connects to the dev server at `address` and starts the worker. */
export async function startLaneWorld(address: string): Promise<LaneWorld> {
  Runtime.install({ logger: new DefaultLogger('ERROR') });
  const taskQueue = `lane-${randomUUID()}`;
  const native = await NativeConnection.connect({ address });
  const client = new Client({ connection: await Connection.connect({ address }) });
  const real: Sweep = (input) => findDeadHolders(client.workflow, input);
  const lanes = new Map<string, Lane>();
  const sweep: Sweep = async (input) => {
    const lane = lanes.get(activityInfo().workflowExecution?.workflowId ?? '');
    return (lane?.sweep ?? real)(input);
  };
  const worker = await Worker.create({
    connection: native,
    taskQueue,
    workflowsPath: WORKFLOWS,
    activities: { findDeadHolders: sweep },
  });
  const running = worker.run();
  return {
    startRequester: () => startRequester(client, taskQueue),
    newLane: (sweepMs) => {
      const lane = newLane(client, { taskQueue, sweep: real, sweepMs });
      lanes.set(lane.handle.workflowId, lane);
      return lane;
    },
    async [Symbol.asyncDispose]() {
      worker.shutdown();
      await running;
      await client.connection.close();
      await native.close();
    },
  };
}

async function startRequester(client: Client, taskQueue: string): Promise<Requester> {
  const id = `task:LANE-${randomUUID()}`;
  const handle = await client.workflow.start(requester, { workflowId: id, taskQueue });
  const life = `${handle.firstExecutionRunId}.1`;
  return {
    id,
    request: (kind, patch = {}) => ({
      requestId: `${life}:${kind}:1`,
      workflowId: id,
      life,
      kind,
      rejoin: false,
      ...patch,
    }),
    heard: () => readHeard(handle),
    leave: async () => {
      await handle.signal(leave);
      await handle.result();
    },
    terminate: async () => {
      await handle.terminate('killed by the test');
    },
  };
}

function newLane(
  client: Client,
  about: { taskQueue: string; sweep: Sweep; sweepMs: number | undefined },
): Lane {
  const { taskQueue, sweep, sweepMs } = about;
  const repo = toRepoSlug(`acme/${randomUUID()}`);
  const workflowId = laneWorkflowId(repo);
  const handle = client.workflow.getHandle<typeof repoLane>(workflowId);
  return {
    sweep,
    handle,
    async [Symbol.asyncDispose]() {
      await handle.terminate('the test is over');
    },
    run: (runId) => client.workflow.getHandle(workflowId, runId),
    ask: async (request) => {
      await client.workflow.signalWithStart(repoLane, {
        workflowId,
        taskQueue,
        workflowIdConflictPolicy: 'USE_EXISTING',
        args: [{ repo, carried: null, ...(sweepMs !== undefined && { sweepMs }) }],
        signal: grantRequested,
        signalArgs: [request],
      });
    },
    view: async () => {
      const { holders, queue } = await handle.query(laneView);
      return {
        holders: holders.map(({ kind, workflowId: id }) => `${kind} ${id}`),
        queue: queue.map(({ kind, workflowId: id, position }) => `${kind} ${position} ${id}`),
      };
    },
  };
}
