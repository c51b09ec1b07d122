import { describe, expect, it } from 'vitest';
import {
  judgeBuild,
  judgeCatchUp,
  judgeCi,
  judgeDeploy,
  judgeMain,
  judgeMergeable,
  judgeSecurity,
  judgeStagingDeploy,
  judgeSuite,
  judgeTests,
  judgeWatch,
} from '../../../../workflows/domain/gates.ts';
import type {
  CatchUpVerdict,
  CiVerdict,
  DeployVerdict,
  SecurityVerdict,
  StagingVerdict,
  WatchVerdict,
} from '../../../../workflows/domain/verdicts.ts';
import { sha } from '../../../world/task-view.ts';

const mustFixRef = { documentId: 'doc-1', url: null };
const PASS = { kind: 'pass', notes: [] };

describe('the CI gate', () => {
  const at = (state: CiVerdict['state'], patch: Partial<CiVerdict> = {}): CiVerdict => ({
    state,
    total: 2,
    failing: [],
    mustFixRef: null,
    ...patch,
  });

  it('ORCH-045: passes on green, late or not', () => {
    for (const isLate of [false, true]) expect(judgeCi(at('success'), isLate)).toEqual(PASS);
  });

  it('ORCH-045: returns a red one with its log and names what failed, late or not', () => {
    const red = at('failure', { failing: ['ci/test', 'ci/lint'], mustFixRef });
    for (const isLate of [false, true]) {
      expect(judgeCi(red, isLate)).toEqual({
        kind: 'fail',
        reason: 'CI failed: ci/test, ci/lint',
        mustFixRef,
      });
    }
  });

  it.each([
    ['none', 'CI never reported'],
    ['pending', 'CI is still pending'],
  ] as const)(
    'I5: waits on while %s is not late, then holds and returns nothing',
    (state, reason) => {
      expect(judgeCi(at(state), false)).toBeNull();
      expect(judgeCi(at(state), true)).toEqual({ kind: 'hold', owner: 'infra', reason });
    },
  );
});

describe('the test gate', () => {
  it('passes what passed', () => {
    expect(judgeTests({ kind: 'pass', passed: 3, codeTree: sha('a') })).toEqual(PASS);
  });

  it.each([
    [2, '2 tests failed'],
    [0, 'the tests failed'],
  ])('ORCH-046: returns %i failed with their output', (failed, reason) => {
    expect(judgeTests({ kind: 'fail', failed, mustFixRef })).toEqual({
      kind: 'fail',
      reason,
      mustFixRef,
    });
  });

  it('I5: holds what could not be judged', () => {
    expect(judgeTests({ kind: 'defect', reason: 'out of memory' })).toEqual({
      kind: 'hold',
      owner: 'infra',
      reason: 'the tests could not judge: out of memory',
    });
  });
});

describe('the secret scan', () => {
  const scan: SecurityVerdict = { status: 'PASS', findings: 0, scanned: 9, mustFixRef: null };

  it('passes a clean change and returns one with secrets', () => {
    expect(judgeSecurity(scan)).toEqual(PASS);
    expect(judgeSecurity({ ...scan, status: 'FAIL', findings: 2, mustFixRef })).toEqual({
      kind: 'fail',
      reason: '2 secrets in the change',
      mustFixRef,
    });
  });
});

describe('the catch-up', () => {
  const judged = { reviewIdentity: 'as reviewed', testedCodeTree: sha('a') };
  const caughtUp = (
    codeIdentity: string,
    codeTree: string,
    hasMoved = true,
  ): CatchUpVerdict & { kind: 'caught-up' } => ({
    kind: 'caught-up',
    hasMoved,
    workHead: sha('1'),
    baseSha: sha('2'),
    codeIdentity,
    codeTree: sha(codeTree),
  });

  it('needs nothing while tree and identity are the judged ones', () => {
    expect(judgeCatchUp(caughtUp('as reviewed', 'a'), judged)).toEqual({
      needsRetest: false,
      outcome: PASS,
    });
  });

  it('tests another tree, and keeps the review while the identity is the reviewed one', () => {
    expect(judgeCatchUp(caughtUp('as reviewed', 'b'), judged)).toEqual({
      needsRetest: true,
      outcome: PASS,
    });
  });

  it('sends another identity back to review, also when an earlier catch-up made it so', () => {
    for (const hasMoved of [true, false]) {
      expect(judgeCatchUp(caughtUp('changed', 'b', hasMoved), judged)).toMatchObject({
        needsRetest: true,
        outcome: { kind: 'rereview' },
      });
    }
  });

  it('passes nothing that was never judged', () => {
    const never = { reviewIdentity: null, testedCodeTree: null };
    expect(judgeCatchUp(caughtUp('as reviewed', 'a', false), never)).toMatchObject({
      needsRetest: true,
      outcome: { kind: 'rereview' },
    });
  });

  it('returns a conflict, untested', () => {
    expect(judgeCatchUp({ kind: 'conflict', mustFixRef }, judged)).toEqual({
      needsRetest: false,
      outcome: { kind: 'fail', reason: 'the rebase on main conflicts', mustFixRef },
    });
  });
});

describe('the build', () => {
  it('passes when it was made and returns the work when it was not', () => {
    const build = { digest: 'sha256:00', revision: sha('a') };
    expect(judgeBuild({ kind: 'built', build })).toEqual(PASS);
    expect(judgeBuild({ kind: 'failed', mustFixRef })).toEqual({
      kind: 'fail',
      reason: 'the build failed',
      mustFixRef,
    });
  });
});

describe("the forge's conflict check", () => {
  it('passes on a yes and on what is merged already, late or not', () => {
    for (const isLate of [false, true]) {
      expect(judgeMergeable({ mergeable: true, merged: false }, isLate)).toEqual(PASS);
      expect(judgeMergeable({ mergeable: false, merged: true }, isLate)).toEqual(PASS);
    }
  });

  it('I5: is waited for while it is not late, then holds', () => {
    const no = { mergeable: false, merged: false };
    expect(judgeMergeable(no, false)).toBeNull();
    expect(judgeMergeable(no, true)).toMatchObject({ kind: 'hold', owner: 'infra' });
  });
});

const deployed = (status: DeployVerdict['status']): DeployVerdict => ({
  status,
  reason: 'the health check says no',
  documentId: 'doc-2',
  runningDigest: null,
  runningRevision: null,
  mustFixRef,
});

describe('a deploy to staging', () => {
  it('passes on success and returns the work when it was rolled back', () => {
    expect(judgeStagingDeploy(deployed('SUCCESS'))).toEqual(PASS);
    expect(judgeStagingDeploy(deployed('ROLLED_BACK'))).toEqual({
      kind: 'fail',
      reason: 'staging does not run the build: the health check says no',
      mustFixRef,
    });
  });

  it.each(['FAILED', 'REFUSED'] as const)('I5: holds when it is %s', (status) => {
    expect(judgeStagingDeploy(deployed(status))).toEqual({
      kind: 'hold',
      owner: 'infra',
      reason: 'staging: the health check says no',
    });
  });
});

describe('the staging suite', () => {
  const suite = (
    status: StagingVerdict['status'],
    patch: Partial<StagingVerdict> = {},
  ): StagingVerdict => ({
    status,
    reason: 'one check is red',
    passed: 4,
    failed: 1,
    waived: [],
    documentId: 'doc-3',
    digest: null,
    mustFixRef: null,
    ...patch,
  });

  it('passes with a note for every waived check', () => {
    expect(judgeSuite(suite('PASS', { waived: ['mail', 'search'] }))).toEqual({
      kind: 'pass',
      notes: ['staging: mail waived', 'staging: search waived'],
    });
  });

  it('ORCH-048: returns the work when a check of the work is red', () => {
    expect(judgeSuite(suite('FAIL', { mustFixRef }))).toEqual({
      kind: 'fail',
      reason: 'staging: one check is red',
      mustFixRef,
    });
  });

  it('ORCH-061, ORCH-115: holds on a defect of the environment', () => {
    expect(judgeSuite(suite('HOLD', { mustFixRef }))).toEqual({
      kind: 'hold',
      owner: 'infra',
      reason: 'staging: one check is red',
    });
  });
});

describe('main before a deploy', () => {
  const seal = { baseSha: sha('b'), sha: sha('5') };

  it("I6: must be the seal's base, or the sealed commit landed already", () => {
    expect(judgeMain(seal.baseSha, seal)).toEqual(PASS);
    expect(judgeMain(seal.sha, seal)).toEqual(PASS);
  });

  it('I6: makes the seal stale when it is anything else, at no cost of an attempt', () => {
    expect(judgeMain(sha('c'), seal)).toEqual({
      kind: 'stale',
      reason: 'main moved under the seal',
      lostRace: false,
    });
  });
});

describe('a deploy to production', () => {
  it.each([
    ['SUCCESS', PASS],
    [
      'ROLLED_BACK',
      { kind: 'fail', reason: 'deploy rolled back: the health check says no', mustFixRef },
    ],
    [
      'REFUSED',
      { kind: 'stale', reason: 'deploy refused: the health check says no', lostRace: true },
    ],
    [
      'FAILED',
      {
        kind: 'hold',
        owner: 'human',
        reason: 'production may be down: the health check says no',
      },
    ],
  ] as const)('that ended with %s is judged by whose turn it is', (status, outcome) => {
    expect(judgeDeploy(deployed(status))).toEqual(outcome);
  });
});

describe('the watch', () => {
  const watched = (status: WatchVerdict['status']): WatchVerdict => ({
    status,
    reason: '3 of 5 probes failed',
    probes: 5,
    documentId: 'doc-4',
  });

  it('passes a healthy production', () => {
    expect(judgeWatch(watched('HEALTHY'))).toEqual(PASS);
  });

  it.each([
    ['DEGRADED', 'human', 'production is degraded: 3 of 5 probes failed'],
    ['UNREADABLE', 'infra', 'production cannot be watched: 3 of 5 probes failed'],
  ] as const)('never returns code: %s holds for its owner, %s', (status, owner, reason) => {
    expect(judgeWatch(watched(status))).toEqual({ kind: 'hold', owner, reason });
  });
});
