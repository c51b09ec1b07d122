import { describe, expect, it } from 'vitest';
import { isDeployOpen, isLandingOpen, judgeStop } from '../../../../workflows/domain/stop.ts';
import { STAGES } from '../../../../workflows/domain/stages.ts';
import type { StageName } from '../../../../workflows/domain/stages.ts';
import { taskAt } from '../../../world/task-at.ts';
import { sha } from '../../../world/task-view.ts';

const stages = Object.keys(STAGES) as StageName[];
const landed = { sha: sha('a'), tree: sha('b') };

describe('a STOP', () => {
  it.each(stages)('cuts a task in %s whose production was not touched', (stage) => {
    expect(judgeStop(taskAt(stage))).toBe('cut');
  });

  it.each(stages)('waits in %s while production has what has not landed', (stage) => {
    expect(judgeStop(taskAt(stage, { deployBegun: true }))).toBe('defer');
  });

  it('waits from the proof of the landing until the stage is left', () => {
    expect(judgeStop(taskAt('deploy', { deployBegun: true, landed }))).toBe('defer');
  });

  it('ends only the watch of what landed', () => {
    expect(judgeStop(taskAt('monitoring', { deployBegun: true, landed }))).toBe('end-watch');
  });

  it.each(['done', 'cancelled', 'refused', 'none'] as const)(
    'does nothing to a task that is %s',
    (stage) => {
      expect(judgeStop(taskAt(stage))).toBe('over');
    },
  );
});

describe('what keeps a STOP waiting', () => {
  it.each([
    ['SUCCESS', true],
    ['FAILED', true],
    ['ROLLED_BACK', false],
    ['REFUSED', false],
  ] as const)('a deploy that ended with %s: %s', (status, isOpen) => {
    expect(isDeployOpen(status)).toBe(isOpen);
  });

  it.each([
    [{ kind: 'pass', notes: [] }, true],
    [{ kind: 'hold', owner: 'human', reason: 'main is not what was sealed' }, true],
    [{ kind: 'hold', owner: 'infra', reason: 'the forge does not merge' }, false],
    [{ kind: 'stale', reason: 'main moved', lostRace: true }, false],
  ] as const)('a landing without a deploy that ended with %o: %s', (outcome, isOpen) => {
    expect(isLandingOpen(outcome)).toBe(isOpen);
  });
});
