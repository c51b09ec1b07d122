import { proxyActivities } from '@temporalio/workflow';

/** A workflow that calls one activity without arguments, trying five times. */
export async function callActivity(name: string, taskQueue: string): Promise<unknown> {
  const activities = proxyActivities<Record<string, () => Promise<unknown>>>({
    taskQueue,
    startToCloseTimeout: '5 s',
    retry: { initialInterval: '10 ms', maximumAttempts: 5 },
  });
  return activities[name]?.();
}
