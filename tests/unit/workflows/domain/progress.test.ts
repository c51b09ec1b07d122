import { describe, expect, it } from 'vitest';
import type { Decision } from '../../../../workflows/domain/decide.ts';
import {
  applyDecision,
  isRunning,
  newTask,
  revived,
  started,
} from '../../../../workflows/domain/progress.ts';
import { STAGES } from '../../../../workflows/domain/stages.ts';
import type { StageName, TaskStage } from '../../../../workflows/domain/stages.ts';
import type { Seal, TaskState } from '../../../../workflows/domain/task-state.ts';
import { at, boardItem, entry, taskAt } from '../../../world/task-at.ts';
import { sha, taskRef } from '../../../world/task-view.ts';

const NAMES = Object.keys(STAGES) as StageName[];
const mustFix = { documentId: 'review-1', url: null };
const seal: Seal = {
  sha: sha('5'),
  tree: sha('7'),
  codeTree: sha('c'),
  codeIdentity: 'identity',
  baseSha: sha('b'),
};
const sealed = {
  seal,
  build: { digest: 'sha256:aa', revision: seal.sha },
  stagingDigest: 'sha256:aa',
};
const counters = { returns: 2, producerAttempts: 1, conflicts: 1, rereviews: 1, lostRaces: 2 };

const advance = (to: StageName | 'done', notes: string[] = []): Decision => ({
  kind: 'advance',
  to,
  notes,
});
const returned: Decision = {
  kind: 'return',
  to: 'development',
  reason: 'a test is red',
  mustFixRef: mustFix,
};
const conflict: Decision = {
  kind: 'conflict',
  to: 'analysis',
  reason: 'contradictory',
  mustFixRef: mustFix,
};
const back = (
  to: StageName,
  counter: Extract<Decision, { kind: 'back' }>['counter'],
): Decision => ({ kind: 'back', to, reason: 'main moved', counter });
const again = (countsAttempt: boolean): Decision => ({
  kind: 'again',
  reason: 'no verdict',
  countsAttempt,
});
const countersOf = (state: TaskState) => ({
  returns: state.returns,
  producerAttempts: state.producerAttempts,
  conflicts: state.conflicts,
  rereviews: state.rereviews,
  lostRaces: state.lostRaces,
});

describe('a new life', () => {
  const input = taskRef('');
  const birth = { input, firstRunId: 'run-9', generation: 2, now: at(0) };

  it('begins in created, with nothing done and nothing spent', () => {
    const state = newTask(birth);
    expect(state).toMatchObject({ stage: 'created', generation: 2, wait: null, escalated: null });
    expect(state.ref.life).toBe('run-9.2');
    expect(state.visits).toEqual([{ stage: 'created', startedAt: at(0), endedAt: null }]);
    expect(Object.values(countersOf(state))).toEqual([0, 0, 0, 0, 0]);
  });

  it('takes title, track and branch from the item once its start is found', () => {
    const start = entry('To Analyse', 3);
    const item = boardItem({ title: 'Fix the login' });
    const state = started(newTask(birth), { item, entry: start, track: 'bug' });
    expect(state).toMatchObject({ title: 'Fix the login', track: 'bug', startEntryAt: at(3) });
    expect(state.ref.branch).toBe('feature/NOTE-1-fix-the-login-g2');
  });

  it('ET-002: has used up its own start, so the same gesture cannot act again', () => {
    const start = entry('To Analyse', 3);
    const state = started(newTask(birth), { item: boardItem(), entry: start, track: 'full' });
    expect(state.consumedEntries).toEqual([start.id]);
  });
});

describe('a decision', () => {
  it.each([
    ['advance', advance('review'), { producerAttempts: 0 }],
    ['an attempt again', again(true), { producerAttempts: 2 }],
    ["a person's again", again(false), {}],
    ['return', returned, { returns: 3, producerAttempts: 0 }],
    ['conflict', conflict, { conflicts: 2, producerAttempts: 0 }],
    ['rereview', back('review', 'rereviews'), { rereviews: 2, producerAttempts: 0 }],
    ['lost race', back('deploy-staging', 'lostRaces'), { lostRaces: 3, producerAttempts: 0 }],
    ['out of date', back('deploy-staging', null), { producerAttempts: 0 }],
    ['hold', { kind: 'hold', owner: 'infra', reason: 'no disk' }, {}],
    ['escalation', { kind: 'escalate', reason: 'returned 3 times' }, {}],
    ['end', { kind: 'end', as: 'refused' }, { producerAttempts: 0 }],
  ] as [string, Decision, Partial<TaskState>][])(
    'moves the counters it names and no other: %s',
    (_, decision, changed) => {
      const state = applyDecision(taskAt('development', counters), decision, at(9));
      expect(countersOf(state)).toEqual({ ...counters, ...changed });
    },
  );

  it('closes the visit it ends and opens the next, at the same time', () => {
    const state = applyDecision(taskAt('created'), advance('analysis'), at(9));
    expect(state.stage).toBe('analysis');
    expect(state.visits).toEqual([
      { stage: 'created', startedAt: at(0), endedAt: at(9) },
      { stage: 'analysis', startedAt: at(9), endedAt: null },
    ]);
  });

  it('keeps one visit open over a repeat in the same stage', () => {
    const state = taskAt('review');
    expect(applyDecision(state, again(true), at(9)).visits).toEqual(state.visits);
  });

  it.each([
    ['done', advance('done')],
    ['refused', { kind: 'end', as: 'refused' }],
    ['none', { kind: 'end', as: 'none' }],
  ] as [TaskStage, Decision][])(
    'that ends the life as %s leaves no visit open',
    (stage, decision) => {
      const state = applyDecision(taskAt('monitoring'), decision, at(9));
      expect(state).toMatchObject({ stage, endedAt: at(9) });
      expect(state.visits.filter((visit) => visit.endedAt === null)).toEqual([]);
    },
  );

  it('to advance collects the notes of all gates in order', () => {
    const first = applyDecision(taskAt('deploy-staging'), advance('deploy', ['a', 'b']), at(9));
    expect(applyDecision(first, advance('monitoring', ['c']), at(10)).notes).toEqual([
      'a',
      'b',
      'c',
    ]);
  });

  it('to return to the analyst asks for a new package', () => {
    const state = applyDecision(taskAt('architecture', { analysis: 'package' }), conflict, at(9));
    expect(state).toMatchObject({ stage: 'analysis', analysis: 'none', mustFix });
  });

  it('never shrinks the number used in keys', () => {
    const state = taskAt('review', { iteration: 17, effectsSeq: 40 });
    for (const decision of [advance('testing'), returned, again(true), back('review', null)]) {
      expect(applyDecision(state, decision, at(9))).toMatchObject({
        iteration: 17,
        effectsSeq: 40,
      });
    }
  });
});

describe('a must-fix list', () => {
  const rework = applyDecision(taskAt('review'), returned, at(9));

  it('ORCH-046: reaches the developer and survives another attempt', () => {
    expect(rework).toMatchObject({ stage: 'development', mustFix });
    expect(applyDecision(rework, again(true), at(10)).mustFix).toEqual(mustFix);
  });

  it('ORCH-046: is spent once development has passed', () => {
    expect(applyDecision(rework, advance('review'), at(10)).mustFix).toBeNull();
  });

  it('is replaced by that of the next return', () => {
    const next = { documentId: 'test-2', url: null };
    const state = applyDecision(rework, { ...returned, mustFixRef: next }, at(10));
    expect(state.mustFix).toEqual(next);
  });
});

describe('what was sealed, built and staged', () => {
  it.each([
    ['returned', returned],
    ['reviewed again', back('review', 'rereviews')],
    ['staged again', back('deploy-staging', 'lostRaces')],
  ] as [string, Decision][])('ORCH-036: is forgotten when the work is %s', (_, decision) => {
    const state = applyDecision(taskAt('deploy', sealed), decision, at(9));
    expect(state).toMatchObject({ seal: null, build: null, stagingDigest: null });
  });

  it('stays while the task goes forward', () => {
    const state = applyDecision(taskAt('deploy-staging', sealed), advance('deploy'), at(9));
    expect(state).toMatchObject(sealed);
  });

  it('ORCH-059: leaves the word of a person standing, which binds to the code', () => {
    const state = taskAt('deploy', { ...sealed, confirmedIdentity: 'identity' });
    const next = applyDecision(state, back('deploy-staging', 'lostRaces'), at(9));
    expect(next.confirmedIdentity).toBe('identity');
  });

  it('keeps saying what production runs after a lost race', () => {
    const state = taskAt('deploy', { ...sealed, productionDigest: 'sha256:aa' });
    const next = applyDecision(state, back('deploy-staging', 'lostRaces'), at(9));
    expect(next.productionDigest).toBe('sha256:aa');
  });
});

describe('a revival', () => {
  it.each(NAMES)('ET-013: goes on in %s with fresh budgets and its whole history', (stage) => {
    const spent = taskAt(stage, {
      ...counters,
      escalated: 'returned 3 times',
      iteration: 17,
      mustFix,
      consumedEntries: ['start', 'a'],
    });
    const state = revived(spent);
    expect(state).toEqual({
      ...spent,
      escalated: null,
      returns: 0,
      producerAttempts: 0,
      conflicts: 0,
      rereviews: 0,
      lostRaces: 0,
    });
  });
});

describe('a running task', () => {
  it('is in one of the nine stages and in no end', () => {
    const ends: TaskStage[] = ['done', 'cancelled', 'refused', 'none'];
    expect(NAMES.filter((stage) => !isRunning(stage))).toEqual([]);
    expect(ends.filter((stage) => isRunning(stage))).toEqual([]);
  });
});
