import { describe, expect, it } from 'vitest';
import { decide } from '../../../../workflows/domain/decide.ts';
import type { Decision, StageOutcome } from '../../../../workflows/domain/decide.ts';
import { applyDecision, isRunning, revived } from '../../../../workflows/domain/progress.ts';
import { nextStage, STAGES } from '../../../../workflows/domain/stages.ts';
import type { StageName } from '../../../../workflows/domain/stages.ts';
import type { TaskState } from '../../../../workflows/domain/task-state.ts';
import { pick, seededRandom } from '../../../world/random.ts';
import { at, defaultPolicy, taskAt } from '../../../world/task-at.ts';

const NAMES = Object.keys(STAGES) as StageName[];
const mustFixRef = { documentId: 'review-1', url: 'http://127.0.0.1:3300/review' };
const fail: StageOutcome = { kind: 'fail', reason: 'a test is red', mustFixRef };
const unusable: StageOutcome = { kind: 'unusable', reason: 'no verdict' };
const conflict: StageOutcome = { kind: 'conflict', mustFixRef };
const rereview: StageOutcome = { kind: 'rereview', reason: 'the code changed' };
const lostRace: StageOutcome = { kind: 'stale', reason: 'main moved', lostRace: true };
const outdated: StageOutcome = { kind: 'stale', reason: 'main moved', lostRace: false };
const pass: StageOutcome = { kind: 'pass', notes: [] };

/** Meets every stage with `next` until the task goes no further by itself; throws when that takes too long. */
function walk(start: TaskState & { stage: StageName }, next: (state: TaskState) => StageOutcome) {
  const decisions: Decision[] = [];
  for (let state: TaskState = start; isRunning(state.stage);) {
    const decision = decide({ ...state, stage: state.stage }, next(state), defaultPolicy);
    decisions.push(decision);
    if (decision.kind === 'hold' || decision.kind === 'escalate') break;
    if (decisions.length > 1000) throw new Error('the loop has no bound');
    state = applyDecision(state, decision, at(decisions.length));
  }
  return decisions;
}

describe('a passed gate', () => {
  it.each(NAMES)('advances a task from %s to what follows on its track', (stage) => {
    for (const track of ['full', 'bug'] as const) {
      const notes = ['coverage: N/A'];
      expect(decide(taskAt(stage, { track }), { kind: 'pass', notes }, defaultPolicy)).toEqual({
        kind: 'advance',
        to: nextStage(stage, track),
        notes,
      });
    }
  });
});

describe('a failed gate', () => {
  it.each(NAMES)('returns the work of %s three times with its must-fix list', (stage) => {
    for (const returns of [0, 1, 2]) {
      expect(decide(taskAt(stage, { returns }), fail, defaultPolicy)).toEqual({
        kind: 'return',
        to: STAGES[stage].onFail,
        reason: 'a test is red',
        mustFixRef,
      });
    }
  });

  it.each(NAMES)('ET-013: escalates in %s instead of a fourth return', (stage) => {
    for (const returns of [3, 4, 100]) {
      expect(decide(taskAt(stage, { returns }), fail, defaultPolicy)).toEqual({
        kind: 'escalate',
        reason: `returned ${returns} times; the last time: a test is red`,
      });
    }
  });

  it('ORCH-046: returns without a must-fix list rather than not at all', () => {
    const outcome: StageOutcome = { ...fail, mustFixRef: null };
    expect(decide(taskAt('review'), outcome, defaultPolicy)).toMatchObject({
      kind: 'return',
      mustFixRef: null,
    });
  });
});

describe('a missing or broken verdict', () => {
  it('sends the same producer again once, as a used attempt', () => {
    expect(decide(taskAt('review'), unusable, defaultPolicy)).toEqual({
      kind: 'again',
      reason: 'no verdict',
      countsAttempt: true,
    });
  });

  it('I13: escalates when the second attempt leaves none either', () => {
    const state = taskAt('review', { producerAttempts: 1 });
    expect(decide(state, unusable, defaultPolicy)).toEqual({
      kind: 'escalate',
      reason: 'no verdict',
    });
  });

  it('I4: is never a pass, in no stage', () => {
    for (const stage of NAMES) {
      expect(decide(taskAt(stage), unusable, defaultPolicy).kind).not.toBe('advance');
    }
  });
});

describe('a way round', () => {
  it('of a contradictory package leads to the analyst twice, then to a person', () => {
    const decisions = [0, 1, 2].map((conflicts) =>
      decide(taskAt('architecture', { conflicts }), conflict, defaultPolicy),
    );
    expect(decisions.map((decision) => decision.kind)).toEqual([
      'conflict',
      'conflict',
      'escalate',
    ]);
    expect(decisions[0]).toMatchObject({ to: 'analysis', mustFixRef });
  });

  it('of code changed by catching up leads to review twice, then holds for a person', () => {
    const decisions = [0, 1, 2].map((rereviews) =>
      decide(taskAt('deploy-staging', { rereviews }), rereview, defaultPolicy),
    );
    const back = { kind: 'back', to: 'review', reason: 'the code changed', counter: 'rereviews' };
    expect(decisions.slice(0, 2)).toEqual([back, back]);
    expect(decisions[2]).toMatchObject({ kind: 'hold', owner: 'human' });
  });

  it('of a lost race leads to staging three times, then holds for a person', () => {
    const decisions = [0, 1, 2, 3].map((lostRaces) =>
      decide(taskAt('deploy', { lostRaces }), lostRace, defaultPolicy),
    );
    const back = {
      kind: 'back',
      to: 'deploy-staging',
      reason: 'main moved',
      counter: 'lostRaces',
    };
    expect(decisions.slice(0, 3)).toEqual([back, back, back]);
    expect(decisions[3]).toMatchObject({ kind: 'hold', owner: 'human' });
  });

  it('I5: of a seal that is out of date before its deploy uses no attempt, however often', () => {
    const spent = { returns: 3, lostRaces: 3, rereviews: 2, conflicts: 2, producerAttempts: 1 };
    expect(decide(taskAt('deploy', spent), outdated, defaultPolicy)).toEqual({
      kind: 'back',
      to: 'deploy-staging',
      reason: 'main moved',
      counter: null,
    });
  });

  it("I5: of a person's word repeats the stage and uses no attempt", () => {
    const outcome: StageOutcome = { kind: 'asked-again', reason: 'rejected' };
    const state = taskAt('analysis', { producerAttempts: 1, returns: 3 });
    expect(decide(state, outcome, defaultPolicy)).toEqual({
      kind: 'again',
      reason: 'rejected',
      countsAttempt: false,
    });
  });
});

describe('a hold', () => {
  it.each(NAMES)('ORCH-116: stays a hold in %s and moves no counter', (stage) => {
    for (const owner of ['infra', 'human'] as const) {
      const state = taskAt(stage, { returns: 3, producerAttempts: 1, lostRaces: 3 });
      const decision = decide(state, { kind: 'hold', owner, reason: 'no disk' }, defaultPolicy);
      expect(decision).toEqual({ kind: 'hold', owner, reason: 'no disk' });
      expect(applyDecision(state, decision, at(5))).toEqual(state);
    }
  });
});

describe('a start that is none', () => {
  it.each(['none', 'refused'] as const)('ends the life as %s', (as) => {
    expect(decide(taskAt('created'), { kind: 'ended', as }, defaultPolicy)).toEqual({
      kind: 'end',
      as,
    });
  });
});

describe('every loop', () => {
  const { maxReturns, maxProducerAttempts, maxConflicts, maxRereviews, maxLostRaces } =
    defaultPolicy;

  it('I13, ORCH-060: of failed gates alone escalates within one more than the allowed returns', () => {
    for (const stage of NAMES) {
      for (let returns = 0; returns <= maxReturns + 2; returns += 1) {
        const decisions = walk(taskAt(stage, { returns }), () => fail);
        expect(decisions.at(-1)?.kind, `${stage} after ${returns}`).toBe('escalate');
        expect(decisions.length).toBeLessThanOrEqual(maxReturns + 1);
      }
    }
  });

  it('I13, ORCH-060: of a review that never likes the rework escalates', () => {
    const decisions = walk(taskAt('development'), ({ stage }) =>
      stage === 'review' ? fail : pass,
    );
    expect(decisions.filter(({ kind }) => kind === 'return')).toHaveLength(maxReturns);
    expect(decisions.at(-1)?.kind).toBe('escalate');
  });

  it('I13: ends whatever the stages answer, within the sum of its budgets', () => {
    const detours = maxReturns + maxConflicts + maxRereviews + maxLostRaces;
    const bound = NAMES.length * (1 + detours) * maxProducerAttempts;
    for (let seed = 0; seed < 500; seed += 1) {
      const random = seededRandom(seed);
      const start = taskAt(pick(random, NAMES), { track: pick(random, ['full', 'bug']) });
      const outcomes = [pass, pass, pass, fail, unusable, conflict, rereview, lostRace];
      const decisions = walk(start, () => pick(random, outcomes));
      expect(decisions.length, `seed ${seed}`).toBeLessThanOrEqual(bound);
    }
  });

  it('ET-013: goes on after a revival, and is bounded again', () => {
    const spent = taskAt('review', { returns: maxReturns, escalated: 'returned 3 times' });
    const decisions = walk({ ...revived(spent), stage: 'review' }, () => fail);
    expect(decisions).toHaveLength(maxReturns + 1);
    expect(decisions.at(-1)?.kind).toBe('escalate');
  });
});
