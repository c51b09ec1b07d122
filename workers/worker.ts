import { join } from 'node:path';
import { Worker } from '@temporalio/worker';
import type {
  ActivityInboundCallsInterceptor,
  NativeConnection,
  WorkerOptions,
} from '@temporalio/worker';
import type { Logger } from 'pino';
import { toFailure } from '../activities/errors.ts';
import { QUEUES } from '../workflows/contract.ts';
import type {
  ControlActivities,
  DeployActivities,
  FlowActivities,
  HostActivities,
} from '../workflows/domain/activities.ts';
import type { WorkerConfig } from './config.ts';
import { connectWorker, installRuntime } from './temporal-runtime.ts';
import { prepareWorkflowBundle } from './workflow-bundle.ts';

/** Workers of one process. They stop polling on SIGTERM or SIGINT and finish what runs within the grace. */
export interface RunningWorkers {
  queues: readonly string[];
  /** Settles when all have ended; rejects when one broke, or when work outlived the grace. */
  done: Promise<void>;
  /** Ends them as SIGTERM does. */
  stop: () => void;
}

/** What worker agents serves: its host's work, and the deploy targets it owns. */
export interface AgentsDuties {
  host: string;
  slots: number;
  hostActivities: HostActivities;
  controlActivities: ControlActivities;
  deployTargets: readonly string[];
  deployActivities: DeployActivities;
}

/** Starts the worker of workflows and short activities; waits for the Temporal server as long as it takes. */
export async function startFlowWorker(
  config: WorkerConfig,
  activities: FlowActivities,
  log: Logger,
): Promise<RunningWorkers> {
  const start = await prepareStart(config, log);
  const workflowBundle = await prepareWorkflowBundle(join(config.dataDir, 'bundles'));
  return start([
    {
      taskQueue: QUEUES.flow,
      activities,
      workflowBundle,
      maxCachedWorkflows: 200,
      stickyQueueScheduleToStartTimeout: config.timings.stickyMs,
      maxConcurrentActivityTaskExecutions: 50,
    },
  ]);
}

/** Starts the workers of one host, one a queue: each kind of work has slots of its own, `control` is always free. */
export async function startAgentsWorker(
  config: WorkerConfig,
  duties: AgentsDuties,
  log: Logger,
): Promise<RunningWorkers> {
  const start = await prepareStart(config, log);
  const { host, hostActivities, controlActivities, deployActivities } = duties;
  const { claimWorkspace, produce, ...work } = asTable(hostActivities);
  return start([
    { ...queue(QUEUES.claim, 2), activities: { claimWorkspace } },
    { ...queue(QUEUES.agents(host), duties.slots), activities: { produce } },
    { ...queue(QUEUES.work(host), 8), activities: work },
    { ...queue(QUEUES.control(host), 8), activities: controlActivities },
    ...duties.deployTargets.map((target) => ({
      ...queue(QUEUES.deploy(target), 2),
      activities: deployActivities,
    })),
  ]);
}

/** The activities are plain functions by contract, whatever their type says of `this`. */
const asTable = (activities: HostActivities): { [Name in keyof HostActivities]: Activity } => ({
  ...activities,
});
type Activity = (input: never) => Promise<unknown>;

const queue = (taskQueue: string, maxConcurrentActivityTaskExecutions: number) => ({
  taskQueue,
  maxConcurrentActivityTaskExecutions,
  maxConcurrentActivityTaskPolls: 2,
});

type Start = (
  workers: readonly (Partial<WorkerOptions> & { taskQueue: string })[],
) => Promise<RunningWorkers>;

async function prepareStart(config: WorkerConfig, log: Logger): Promise<Start> {
  installRuntime(log, config.metricsAddress);
  const connection = await connectWorker(config.temporal.address, log);
  return async (described) => {
    const workers: Worker[] = [];
    for (const options of described) {
      workers.push(await Worker.create({ ...commonOptions(config, connection), ...options }));
    }
    const stop = (): void => {
      for (const worker of workers) if (worker.getState() === 'RUNNING') worker.shutdown();
    };
    return {
      queues: described.map(({ taskQueue }) => taskQueue),
      done: runAll(workers, stop).finally(() => connection.close()),
      stop,
    };
  };
}

/** One that breaks takes the others down with it: half a worker would look alive and serve nobody. */
async function runAll(workers: readonly Worker[], stop: () => void): Promise<void> {
  const ends = workers.map((worker) =>
    worker.run().catch((error: unknown) => {
      stop();
      throw error;
    }),
  );
  const results = await Promise.allSettled(ends);
  const broken = results.find((result) => result.status === 'rejected');
  if (broken) throw broken.reason;
}

const FORCE_AFTER_MS = 5000;

function commonOptions(config: WorkerConfig, connection: NativeConnection): Partial<WorkerOptions> {
  return {
    connection,
    namespace: config.temporal.namespace,
    maxHeartbeatThrottleInterval: config.timings.heartbeatThrottleMs,
    defaultHeartbeatThrottleInterval: config.timings.heartbeatThrottleMs,
    shutdownGraceTime: config.shutdownGraceMs,
    shutdownForceTime: config.shutdownGraceMs + FORCE_AFTER_MS,
    interceptors: { activity: [() => ({ inbound: { execute: classifyFailure } })] },
  };
}

/** The one place where an activity's error becomes what Temporal retries or not. */
const classifyFailure: NonNullable<ActivityInboundCallsInterceptor['execute']> = async (
  input,
  next,
) => {
  try {
    return await next(input);
  } catch (error) {
    throw toFailure(error);
  }
};
