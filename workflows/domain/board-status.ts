import type { BoardStatus } from './effects.ts';
import type { StageName, TaskStage } from './stages.ts';
import type { TaskState } from './task-state.ts';

const STAGE_STATUS: Record<StageName, BoardStatus | null> = {
  created: null,
  analysis: 'Analysis',
  architecture: 'Architecture',
  development: 'Development',
  review: 'Code Review',
  testing: 'Testing',
  'deploy-staging': 'Deploying (staging)',
  deploy: 'Deploying',
  monitoring: 'Monitoring after Deploy',
};

/** The board status that mirrors a task; null = leave the board as it is. Source: product, board mirror. */
export function boardStatusOf(
  state: Pick<TaskState, 'stage' | 'wait' | 'escalated'>,
): BoardStatus | null {
  if (state.escalated !== null) return 'Blocked';
  switch (state.wait?.on) {
    case 'approval':
      return 'In Review';
    case 'answers':
      return 'Needs Input';
    case 'confirmation':
      return 'Awaiting Deploy';
    case 'revival':
      return 'Blocked';
    default:
      return stageStatus(state.stage);
  }
}

function stageStatus(stage: TaskStage): BoardStatus | null {
  switch (stage) {
    case 'done':
      return 'Done';
    case 'cancelled':
      return 'Cancelled';
    case 'refused':
      return 'Blocked';
    case 'none':
      return null;
    default:
      return STAGE_STATUS[stage];
  }
}
