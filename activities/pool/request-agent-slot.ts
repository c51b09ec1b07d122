import {
  AGENT_POOL_WORKFLOW,
  AGENT_POOL_WORKFLOW_ID,
  QUEUES,
  slotRequested,
} from '../../workflows/contract.ts';
import type { PoolArgs } from '../../workflows/contract.ts';
import type { SlotRequest } from '../../workflows/domain/agent-slot.ts';
import type { FlowPorts } from '../flow-ports.ts';

/** Hands a request to the agent pool with what its provider may be given, starting the pool when there is none. The answer comes as a signal. */
export async function requestAgentSlot(
  { workflows, providerLimits }: Pick<FlowPorts, 'workflows' | 'providerLimits'>,
  { request }: { request: SlotRequest },
): Promise<void> {
  const args: PoolArgs = { carried: null };
  await workflows.signalWithStart(AGENT_POOL_WORKFLOW, {
    workflowId: AGENT_POOL_WORKFLOW_ID,
    taskQueue: QUEUES.flow,
    workflowIdConflictPolicy: 'USE_EXISTING',
    args: [args],
    signal: slotRequested,
    signalArgs: [{ ...request, limits: providerLimits(request.provider) }],
  });
}
