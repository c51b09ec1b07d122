import { describe, expect, it } from 'vitest';
import { boardStatusOf } from '../../../../workflows/domain/board-status.ts';
import type { WaitSubject } from '../../../../workflows/domain/task-state.ts';
import type { TaskStage } from '../../../../workflows/domain/stages.ts';
import { isGesture } from '../../../../workflows/domain/gestures.ts';
import { taskAt, waitFor } from '../../../world/task-at.ts';

const STATUS_OF_STAGE = {
  created: null,
  analysis: 'Analysis',
  architecture: 'Architecture',
  development: 'Development',
  review: 'Code Review',
  testing: 'Testing',
  'deploy-staging': 'Deploying (staging)',
  deploy: 'Deploying',
  monitoring: 'Monitoring after Deploy',
  done: 'Done',
  cancelled: 'Cancelled',
  refused: 'Blocked',
  none: null,
} as const satisfies Record<TaskStage, string | null>;
const STAGES = Object.keys(STATUS_OF_STAGE) as TaskStage[];

const STATUS_OF_WAIT = {
  approval: 'In Review',
  answers: 'Needs Input',
  confirmation: 'Awaiting Deploy',
  revival: 'Blocked',
  lane: null,
  'staging-slot': null,
  'production-slot': null,
  'agent-slot': null,
  'provider-limit': null,
  'agent-retry': null,
  budget: null,
  host: null,
  ci: null,
  mergeable: null,
  infra: null,
} as const satisfies Record<WaitSubject, string | null>;
const WAITS = Object.entries(STATUS_OF_WAIT) as [WaitSubject, string | null][];

describe('the board status', () => {
  it.each(STAGES)('mirrors a task that works in %s', (stage) => {
    expect(boardStatusOf(taskAt(stage))).toBe(STATUS_OF_STAGE[stage]);
  });

  it.each(WAITS)('of a task that waits for %s is %s (null = that of its stage)', (on, status) => {
    const state = taskAt('deploy', { wait: waitFor(on) });
    expect(boardStatusOf(state)).toBe(status ?? 'Deploying');
  });

  it('ET-013: is Blocked for an escalated task, whatever it waits for', () => {
    for (const [on] of WAITS) {
      const state = taskAt('review', { wait: waitFor(on), escalated: 'returned 3 times' });
      expect(boardStatusOf(state), on).toBe('Blocked');
    }
    expect(boardStatusOf(taskAt('review', { escalated: 'returned 3 times' }))).toBe('Blocked');
  });

  it('leaves the board alone before the start is found and when there was none', () => {
    expect(boardStatusOf(taskAt('created'))).toBeNull();
    expect(boardStatusOf(taskAt('none'))).toBeNull();
  });

  it('I2: is never a gesture, so a write of ours cannot command', () => {
    for (const stage of STAGES) {
      for (const [on] of WAITS) {
        expect(isGesture(boardStatusOf(taskAt(stage, { wait: waitFor(on) })) ?? '')).toBe(false);
      }
    }
  });
});
