import { setHandler } from '@temporalio/workflow';
import { boardChanged, laneAnswered, view } from '../../workflows/contract.ts';
import type { StageOutcome } from '../../workflows/domain/decide.ts';
import type { TaskPolicy } from '../../workflows/domain/policy.ts';
import type { StageName } from '../../workflows/domain/stages.ts';
import type { TaskState } from '../../workflows/domain/task-state.ts';
import { viewOf } from '../../workflows/domain/view.ts';
import { settleEffects } from '../../workflows/effects-queue.ts';
import { listenToBoard } from '../../workflows/gestures.ts';
import { takeLaneAnswer } from '../../workflows/grants.ts';
import { createContext } from '../../workflows/task-context.ts';
import { walkStages } from '../../workflows/walk-stages.ts';
import type { StageWork } from '../../workflows/walk-stages.ts';

export { repoLane, task } from '../../workflows/index.ts';

/** The real loop over stages that answer what they are told to; a stage without an answer ends the life. Answers the stages worked in. */
export async function walkTold(
  state: TaskState,
  policy: TaskPolicy,
  told: Partial<Record<StageName, StageOutcome>>,
): Promise<readonly StageName[]> {
  const ctx = createContext(state, policy);
  setHandler(boardChanged, () => void (ctx.inbox.boardHints += 1));
  setHandler(laneAnswered, (answer) => takeLaneAnswer(ctx, answer));
  setHandler(view, () => viewOf(ctx.state));
  const worked: StageName[] = [];
  const work = new Proxy({} as Record<StageName, StageWork>, {
    get: (_, stage: StageName) => () => {
      worked.push(stage);
      return Promise.resolve(told[stage] ?? { kind: 'ended', as: 'none' });
    },
  });
  void listenToBoard(ctx);
  await walkStages(ctx, work);
  await settleEffects(ctx);
  return worked;
}
