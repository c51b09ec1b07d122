import type { WorkflowClient } from '@temporalio/client';
import { LANE_WORKFLOW, QUEUES, grantRequested, laneWorkflowId } from '../../workflows/contract.ts';
import type { LaneArgs } from '../../workflows/contract.ts';
import type { RepoSlug } from '../../workflows/domain/ids.ts';
import type { GrantRequest } from '../../workflows/domain/lane.ts';

/** Hands a request to the repository's lane, starting the lane when there is none. The answer comes as a signal. */
export async function requestGrant(
  workflows: WorkflowClient,
  { repo, request }: { repo: RepoSlug; request: GrantRequest },
): Promise<void> {
  const args: LaneArgs = { repo, carried: null };
  await workflows.signalWithStart(LANE_WORKFLOW, {
    workflowId: laneWorkflowId(repo),
    taskQueue: QUEUES.flow,
    workflowIdConflictPolicy: 'USE_EXISTING',
    args: [args],
    signal: grantRequested,
    signalArgs: [request],
  });
}
