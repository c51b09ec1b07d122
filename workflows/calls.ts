import { proxyActivities } from '@temporalio/workflow';
import type { ActivityInterfaceFor } from '@temporalio/workflow';
import { QUEUES } from './contract.ts';
import type {
  ControlActivities,
  DeployActivities,
  FlowActivities,
  HostActivities,
} from './domain/activities.ts';
import type { TaskContext } from './task-context.ts';

const RETRY = {
  initialInterval: '500 ms',
  backoffCoefficient: 2,
  maximumInterval: '30 s',
} as const;
/** After so many tries a broken tool becomes a visible hold instead of a silent retry. */
const MAX_TRIES = 8;
const CONTROL_MS = 30_000;

/** A short call on the queue `flow`. `summary` is what people read in the Temporal UI. */
export function onFlow(
  ctx: Pick<TaskContext, 'policy'>,
  summary: string,
): ActivityInterfaceFor<FlowActivities> {
  return proxyActivities<FlowActivities>({
    taskQueue: QUEUES.flow,
    startToCloseTimeout: ctx.policy.shortTimeoutMs,
    retry: { ...RETRY, maximumAttempts: MAX_TRIES },
    summary,
  });
}

/** The first calls of a life, made before any policy is known. */
export const beforePolicy: Pick<FlowActivities, 'readPolicy' | 'readItem'> = proxyActivities<
  Pick<FlowActivities, 'readPolicy' | 'readItem'>
>({
  taskQueue: QUEUES.flow,
  startToCloseTimeout: '10 s',
  retry: { ...RETRY },
  summary: 'what is asked for, and by which rules',
});

/** Work on the task's own host; `timeoutMs` bounds one attempt. */
export function onHost(
  ctx: TaskContext,
  summary: string,
  timeoutMs: number,
): ActivityInterfaceFor<HostActivities> {
  return proxyActivities<HostActivities>({
    taskQueue: QUEUES.work(requireHost(ctx)),
    ...longOptions(ctx, timeoutMs),
    summary,
  });
}

/** An agent run on the task's own host. */
export function onAgents(
  ctx: TaskContext,
  summary: string,
  timeoutMs: number,
): Pick<ActivityInterfaceFor<HostActivities>, 'produce'> {
  return proxyActivities<Pick<HostActivities, 'produce'>>({
    taskQueue: QUEUES.agents(requireHost(ctx)),
    ...longOptions(ctx, timeoutMs),
    summary,
  });
}

/** A call that must get through to the task's host: tried until it does. */
export function onControl(
  ctx: TaskContext,
  summary: string,
): ActivityInterfaceFor<ControlActivities> {
  return proxyActivities<ControlActivities>({
    taskQueue: QUEUES.control(requireHost(ctx)),
    startToCloseTimeout: CONTROL_MS,
    retry: { ...RETRY, maximumInterval: '10 s' },
    summary,
  });
}

/** Claims a host: any worker that keeps trees may answer. */
export function onAnyHost(ctx: TaskContext): Pick<HostActivities, 'claimWorkspace'> {
  return proxyActivities<Pick<HostActivities, 'claimWorkspace'>>({
    taskQueue: QUEUES.claim,
    startToCloseTimeout: ctx.policy.shortTimeoutMs,
    retry: { ...RETRY, maximumAttempts: MAX_TRIES },
    summary: 'which host keeps the tree',
  });
}

/** Work on a deploy target. */
export function onTarget(
  ctx: TaskContext,
  about: { target: string; summary: string; timeoutMs: number },
): ActivityInterfaceFor<DeployActivities> {
  return proxyActivities<DeployActivities>({
    taskQueue: QUEUES.deploy(about.target),
    ...longOptions(ctx, about.timeoutMs),
    summary: about.summary,
  });
}

function longOptions(ctx: TaskContext, timeoutMs: number) {
  return {
    startToCloseTimeout: timeoutMs,
    heartbeatTimeout: ctx.policy.heartbeatTimeoutMs,
    retry: { ...RETRY, maximumAttempts: MAX_TRIES },
  };
}

function requireHost(ctx: TaskContext): string {
  if (ctx.state.host === null) throw new Error('no host was claimed');
  return ctx.state.host;
}
