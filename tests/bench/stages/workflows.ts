import { proxyActivities, workflowInfo } from '@temporalio/workflow';
import { onFlow } from '../../../workflows/calls.ts';
import type { FlowActivities } from '../../../workflows/domain/activities.ts';
import type { TaskPolicy } from '../../../workflows/domain/policy.ts';
import { newTask } from '../../../workflows/domain/progress.ts';
import { STAGE_NAMES } from '../../../workflows/domain/stages.ts';
import type { StageName } from '../../../workflows/domain/stages.ts';
import type { TaskInput } from '../../../workflows/domain/task-state.ts';
import { settleEffects } from '../../../workflows/effects-queue.ts';
import { createContext, now } from '../../../workflows/task-context.ts';
import { walkStages } from '../../../workflows/walk-stages.ts';
import type { StageWork } from '../../../workflows/walk-stages.ts';

const PRODUCING = STAGE_NAMES.filter((stage) => stage !== 'created');

/**
 * The real stage loop, its real decisions, effects and publishing, with a no-op producer in each of the eight stages.
 * Left out: board reading, lane and slots, waits.
 */
export async function stagesOnly(input: TaskInput, policy: TaskPolicy): Promise<void> {
  const { firstExecutionRunId: firstRunId } = workflowInfo();
  // Held from the start: the lane is left out.
  const admission = { requestId: 'bench', fence: 0 };
  const state = newTask({ input, firstRunId, generation: 1, now: now() });
  const ctx = createContext({ ...state, title: 'Bench', admission }, policy);
  const produce: StageWork = async () => {
    // findDeadHolders takes and answers next to nothing: here it stands for a producer.
    await onFlow(ctx, 'no-op producer').findDeadHolders({ holders: [] });
    return { kind: 'pass', notes: [] };
  };
  const work = { created: () => Promise.resolve({ kind: 'pass' as const, notes: [] }) };
  await walkStages(ctx, {
    ...work,
    ...(Object.fromEntries(PRODUCING.map((stage) => [stage, produce])) as Record<
      Exclude<StageName, 'created'>,
      StageWork
    >),
  });
  await settleEffects(ctx);
}

const bare = proxyActivities<Pick<FlowActivities, 'findDeadHolders'>>({
  startToCloseTimeout: '10 s',
});

/** What Temporal itself costs: eight no-op activities, one after the other. */
export async function bareActivities(): Promise<void> {
  for (let stage = 0; stage < 8; stage += 1) await bare.findDeadHolders({ holders: [] });
}
