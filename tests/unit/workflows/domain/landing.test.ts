import { describe, expect, it } from 'vitest';
import { judgeLanding } from '../../../../workflows/domain/landing.ts';
import type { LandingProof, MergeAnswer } from '../../../../workflows/domain/verdicts.ts';
import { sha } from '../../../world/task-view.ts';

type Unproven = Exclude<LandingProof, { kind: 'proven' }>;

const baseSha = sha('b');
const merged: MergeAnswer = { kind: 'merged' };
const later: MergeAnswer = { kind: 'later', reason: 'the check is still running' };
const refused = (status: number): MergeAnswer => ({ kind: 'refused', status, reason: 'no' });
const ANSWERS = [merged, later, refused(403), refused(404), refused(409), refused(500)];

const unmoved: Unproven = { kind: 'absent', mainSha: baseSha };
const moved: Unproven = { kind: 'absent', mainSha: sha('c') };
const mismatch: Unproven = { kind: 'mismatch', reason: 'the trees differ' };
const judge = (answer: MergeAnswer, proof: Unproven, isLastTry = false) =>
  judgeLanding({ answer, proof, baseSha, isLastTry });

describe('a landing that is not proven', () => {
  it.each(ANSWERS)(
    'ORCH-067, ORCH-071: is never a success, whatever the forge answered: $kind $status',
    (answer) => {
      for (const proof of [unmoved, moved, mismatch]) {
        expect(judge(answer, proof).kind).not.toBe('pass');
      }
    },
  );

  it.each(ANSWERS)(
    'ORCH-073: is a hold for a person when main is not what was sealed: $kind $status',
    (answer) => {
      expect(judge(answer, mismatch)).toEqual({
        kind: 'hold',
        owner: 'human',
        reason: 'main is not what was sealed: the trees differ',
      });
    },
  );

  it.each(ANSWERS)('is a lost race when main moved elsewhere: $kind $status', (answer) => {
    expect(judge(answer, moved)).toMatchObject({ kind: 'stale', lostRace: true });
  });

  it('ORCH-069: is looked at again while main has not moved and the forge said yes or later', () => {
    expect(judge(merged, unmoved)).toMatchObject({ kind: 'again' });
    expect(judge(later, unmoved)).toEqual({ kind: 'again', reason: 'the check is still running' });
  });

  it('is a hold of the infrastructure when the forge still says yes or later after the last try', () => {
    expect(judge(merged, unmoved, true)).toEqual({
      kind: 'hold',
      owner: 'infra',
      reason: 'the forge does not merge: the forge said merged, main does not show it yet',
    });
    expect(judge(later, unmoved, true)).toEqual({
      kind: 'hold',
      owner: 'infra',
      reason: 'the forge does not merge: the check is still running',
    });
  });

  it('is judged on the last try as on every other when there is nothing to wait for', () => {
    for (const proof of [moved, mismatch]) {
      expect(judge(merged, proof, true)).toEqual(judge(merged, proof));
    }
    expect(judge(refused(403), unmoved, true)).toEqual(judge(refused(403), unmoved));
  });

  it('is a hold for a person when the forge refuses and main has not moved', () => {
    expect(judge(refused(403), unmoved)).toEqual({
      kind: 'hold',
      owner: 'human',
      reason: 'the forge refuses the merge (403): no',
    });
  });

  it('I5: never returns code and never uses an attempt', () => {
    for (const answer of ANSWERS) {
      for (const proof of [unmoved, moved, mismatch]) {
        expect(['again', 'stale', 'hold']).toContain(judge(answer, proof).kind);
      }
    }
  });
});
