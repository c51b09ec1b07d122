import { randomUUID } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { Client, Connection } from '@temporalio/client';
import type { WorkflowHandle } from '@temporalio/client';
import {
  bundleWorkflowCode,
  DefaultLogger,
  NativeConnection,
  Runtime,
  Worker,
} from '@temporalio/worker';
import type { WorkflowBundle } from '@temporalio/worker';
import { reserveBudget } from '../../activities/budget/reserve-budget.ts';
import { findDeadHolders } from '../../activities/lane/find-dead-holders.ts';
import { requestGrant } from '../../activities/lane/request-grant.ts';
import { requestAgentSlot } from '../../activities/pool/request-agent-slot.ts';
import {
  AGENT_POOL_WORKFLOW,
  AGENT_POOL_WORKFLOW_ID,
  BUDGET_WORKFLOW,
  budgetView,
  budgetWorkflowId,
  laneWorkflowId,
  moneyRequested,
  poolView,
  QUEUES,
  slotRequested,
} from '../../workflows/contract.ts';
import type { BudgetArgs, PoolArgs } from '../../workflows/contract.ts';
import type { FlowActivities } from '../../workflows/domain/activities.ts';
import type { PooledRequest, ProviderLimits } from '../../workflows/domain/agent-slot.ts';
import type { LimitedRequest } from '../../workflows/domain/budget.ts';
import type { RepoSlug } from '../../workflows/domain/ids.ts';
import type { TaskPolicy } from '../../workflows/domain/policy.ts';
import type { Project } from '../../workflows/domain/project.ts';
import type { TaskState } from '../../workflows/domain/task-state.ts';
import { startDevServer } from '../world/dev-server.ts';
import { leave, told } from './asker-workflows.ts';
import type { asker, runner } from './asker-workflows.ts';

const WORKFLOWS = fileURLToPath(new URL('asker-workflows.ts', import.meta.url));

/** Breaker settings short enough to be waited for. Durations in ms. */
export const QUICK = {
  failures: 2,
  backOffMs: 1_000,
  maxBackOffMs: 2_000,
  unknownLimitMs: 1_000,
  maxUnknownLimitMs: 2_000,
  trialMs: 60_000,
};

/** Someone who asks and hears. */
export interface Asker {
  readonly id: string;
  readonly life: string;
  readonly slotRequest: (patch?: Partial<PooledRequest>) => PooledRequest;
  readonly moneyRequest: (patch?: Partial<LimitedRequest>) => LimitedRequest;
  readonly told: () => Promise<Awaited<ReturnType<typeof readTold>>>;
  readonly leave: () => Promise<void>;
  readonly terminate: () => Promise<void>;
}

/** What pool and budget have in common for a test: a handle, and its history replayed at the end. */
interface Grantor<Request, View> extends AsyncDisposable {
  readonly handle: WorkflowHandle;
  readonly ask: (request: Request) => Promise<void>;
  readonly view: () => Promise<View>;
}

/** A Temporal server of its own with a worker that can go away and come back. */
export interface GrantWorld extends AsyncDisposable {
  /** what the projects may spend, by key; tests change it */
  readonly budgets: Map<string, TaskPolicy>;
  /** what providers may be given, unless a request brings its own */
  readonly limits: Map<string, ProviderLimits>;
  readonly startAsker: () => Promise<Asker>;
  readonly startRunner: (state: TaskState) => Promise<WorkflowHandle<typeof runner>>;
  readonly newPool: (
    sweepMs?: number,
  ) => Grantor<PooledRequest, Awaited<ReturnType<typeof viewPool>>>;
  readonly newBudget: (
    sweepMs?: number,
  ) => Grantor<LimitedRequest, Awaited<ReturnType<typeof viewBudget>>>;
  /** the pool and the budgets real activities start */
  readonly pool: WorkflowHandle;
  readonly budget: (project: string) => WorkflowHandle;
  readonly lane: (repo: RepoSlug) => WorkflowHandle;
  /** replays the history of a workflow on the code of today */
  readonly replay: (workflowId: string) => Promise<void>;
  readonly stopWorker: () => Promise<void>;
  readonly startWorker: () => Promise<void>;
}

const readTold = (handle: WorkflowHandle) => handle.query(told);
const viewPool = (handle: WorkflowHandle) => handle.query(poolView);
const viewBudget = (handle: WorkflowHandle) => handle.query(budgetView);

/** Starts the server and the worker. */
export async function startGrantWorld(): Promise<GrantWorld> {
  const logger = new DefaultLogger('ERROR');
  Runtime.install({ logger });
  const bundle = await bundleWorkflowCode({ workflowsPath: WORKFLOWS, logger });
  const server = await startDevServer();
  const native = await NativeConnection.connect({ address: server.address });
  const client = new Client({ connection: await Connection.connect({ address: server.address }) });
  const budgets: GrantWorld['budgets'] = new Map();
  const limits: GrantWorld['limits'] = new Map();
  let worker: { stop: () => Promise<void> } | null = null;
  const startWorker = async () => {
    worker = await runWorker(native, bundle, activitiesOf(client, { budgets, limits }));
  };
  await startWorker();
  const stopWorker = async () => {
    await worker?.stop();
    worker = null;
  };
  return {
    budgets,
    limits,
    startAsker: () => startAsker(client),
    startRunner: (state) => startRunner(client, state),
    newPool: (sweepMs) => newPool({ client, bundle }, sweepMs),
    newBudget: (sweepMs) => newBudget({ client, bundle }, sweepMs),
    pool: client.workflow.getHandle(AGENT_POOL_WORKFLOW_ID),
    lane: (repo) => client.workflow.getHandle(laneWorkflowId(repo)),
    budget: (project) => client.workflow.getHandle(budgetWorkflowId(project)),
    replay: (workflowId) => replay({ client, bundle }, workflowId),
    startWorker,
    stopWorker,
    async [Symbol.asyncDispose]() {
      await stopWorker();
      await client.connection.close();
      await native.close();
      await server.stop();
    },
  };
}

async function runWorker(
  connection: NativeConnection,
  workflowBundle: WorkflowBundle,
  activities: object,
) {
  const worker = await Worker.create({
    connection,
    taskQueue: QUEUES.flow,
    workflowBundle,
    activities,
    stickyQueueScheduleToStartTimeout: '500 ms',
  });
  const running = worker.run();
  const stop = async () => {
    worker.shutdown();
    await running;
  };
  return { stop };
}

function activitiesOf(
  client: Client,
  { budgets, limits }: Pick<GrantWorld, 'budgets' | 'limits'>,
): Partial<FlowActivities> {
  const policyOf = (key: string): TaskPolicy => {
    const policy = budgets.get(key);
    if (policy === undefined) throw new Error(`no project ${key}`);
    return policy;
  };
  const ports = {
    workflows: client.workflow,
    registry: { byKey: (key: string) => ({ policy: policyOf(key) }) as Project },
    providerLimits: (name: string) => limits.get(name) ?? { slots: null, breaker: QUICK },
  };
  return {
    readPolicy: ({ project }) => Promise.resolve(policyOf(project)),
    applyEffects: () => Promise.resolve({ policy: null }),
    requestGrant: (input) => requestGrant(client.workflow, input),
    requestAgentSlot: (input) => requestAgentSlot(ports, input),
    reserveBudget: (input) => reserveBudget(ports, input),
    findDeadHolders: (input) => findDeadHolders(client.workflow, input),
  };
}

async function startAsker(client: Client): Promise<Asker> {
  const id = `task:ASK-${randomUUID()}`;
  const handle = await client.workflow.start<typeof asker>('asker', {
    workflowId: id,
    taskQueue: QUEUES.flow,
  });
  const life = `${handle.firstExecutionRunId}.1`;
  const common = { workflowId: id, life };
  return {
    id,
    life,
    slotRequest: (patch = {}) => ({
      ...common,
      requestId: `${life}:agent:1`,
      host: 'h',
      hostSlots: { count: 1, saidAt: '2026-11-21T09:00:00.000Z' },
      ...{ provider: 'anthropic', priority: 'none', rejoin: false },
      limits: { slots: null, breaker: QUICK },
      ...patch,
    }),
    moneyRequest: (patch = {}) => ({
      ...common,
      requestId: `${life}:money:1`,
      ...{ usd: 4, extraUsd: 0, limits: { dayUsd: 10, projectUsd: null } },
      ...patch,
    }),
    told: () => readTold(handle),
    leave: async () => {
      await handle.signal(leave);
      await handle.result();
    },
    terminate: async () => {
      await handle.terminate('killed by the test');
    },
  };
}

async function startRunner(client: Client, state: TaskState) {
  const workflowId = `task:${state.ref.id}`;
  return client.workflow.start<typeof runner>('runner', {
    workflowId,
    taskQueue: QUEUES.flow,
    memo: { life: state.ref.life },
    args: [{ input: state.ref, carried: state }],
  });
}

const swept = (sweepMs: number | undefined) => (sweepMs === undefined ? {} : { sweepMs });

function newPool(world: Replayable, sweepMs: number | undefined) {
  const { client } = world;
  const workflowId = `agents-${randomUUID()}`;
  const handle = client.workflow.getHandle(workflowId);
  const args: PoolArgs = { carried: null, ...swept(sweepMs) };
  return {
    handle,
    view: () => viewPool(handle),
    ask: async (request: PooledRequest) => {
      await client.workflow.signalWithStart(AGENT_POOL_WORKFLOW, {
        ...{ workflowId, taskQueue: QUEUES.flow, workflowIdConflictPolicy: 'USE_EXISTING' },
        ...{ args: [args], signal: slotRequested, signalArgs: [request] },
      });
    },
    [Symbol.asyncDispose]: () => end(world, handle),
  };
}

function newBudget(world: Replayable, sweepMs: number | undefined) {
  const { client } = world;
  const project = randomUUID();
  const workflowId = budgetWorkflowId(project);
  const handle = client.workflow.getHandle(workflowId);
  const args: BudgetArgs = { project, carried: null, ...swept(sweepMs) };
  return {
    handle,
    view: () => viewBudget(handle),
    ask: async (request: LimitedRequest) => {
      await client.workflow.signalWithStart(BUDGET_WORKFLOW, {
        ...{ workflowId, taskQueue: QUEUES.flow, workflowIdConflictPolicy: 'USE_EXISTING' },
        ...{ args: [args], signal: moneyRequested, signalArgs: [request] },
      });
    },
    [Symbol.asyncDispose]: () => end(world, handle),
  };
}

interface Replayable {
  client: Client;
  bundle: WorkflowBundle;
}

async function end(world: Replayable, handle: WorkflowHandle): Promise<void> {
  await handle.terminate('the test is over');
  await replay(world, handle.workflowId);
}

async function replay({ client, bundle }: Replayable, workflowId: string): Promise<void> {
  const history = await client.workflow.getHandle(workflowId).fetchHistory();
  await Worker.runReplayHistory({ workflowBundle: bundle }, history, workflowId);
}
