import { WorkflowNotFoundError } from '@temporalio/client';
import type { WorkflowClient, WorkflowExecutionDescription } from '@temporalio/client';
import type { Holder } from '../../workflows/domain/activities.ts';

/** The requests of those holders whose workflow is closed or lives another life: a closed life's successor describes as running. */
export async function findDeadHolders(
  workflows: WorkflowClient,
  { holders }: { holders: readonly Holder[] },
): Promise<{ requestIds: readonly string[] }> {
  const alive = await Promise.all(holders.map((holder) => isAlive(workflows, holder)));
  return {
    requestIds: holders.filter((_, index) => alive[index] !== true).map((dead) => dead.requestId),
  };
}

async function isAlive(workflows: WorkflowClient, holder: Holder): Promise<boolean> {
  try {
    const description = await workflows.getHandle(holder.workflowId).describe();
    const isOpen = description.status.name === 'RUNNING' || description.status.name === 'PAUSED';
    return isOpen && livesAs(description, holder.life);
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return false;
    throw error;
  }
}

/** A memo `life` says it exactly; else the chain's first run, which is the life's first part, is compared. Not knowing is no proof of death. */
function livesAs({ memo, raw }: WorkflowExecutionDescription, life: string): boolean {
  const current: unknown = memo?.['life'];
  if (typeof current === 'string') return current === life;
  const firstRunId = raw.workflowExecutionInfo?.firstRunId ?? '';
  return firstRunId === '' || life.startsWith(`${firstRunId}.`);
}
