import { describe, expect, it } from 'vitest';
import {
  judgeAnalysis,
  judgeArchitecture,
  judgeDevelopment,
  judgeReview,
} from '../../../../workflows/domain/role-gates.ts';
import type { RoleVerdict } from '../../../../workflows/domain/verdicts.ts';

const mustFixRef = { documentId: 'doc-1', url: null };
const broken: RoleVerdict = { kind: 'unusable', reason: 'no frontmatter' };
const questions: RoleVerdict = { kind: 'questions', count: 2 };
const unchanged: RoleVerdict = { kind: 'code', changed: false };
const review = (verdict: 'APPROVED' | 'REQUEST_CHANGES'): RoleVerdict => ({
  kind: 'review',
  verdict,
  codeIdentity: 'as reviewed',
  mustFixRef,
});

describe('the verdict of a role', () => {
  it.each([
    ['analyst', judgeAnalysis],
    ['architect', judgeArchitecture],
    ['reviewer', judgeReview],
  ] as const)('of another kind than the %s gives is unusable and says so', (role, judge) => {
    expect(judge(unchanged)).toEqual({
      kind: 'unusable',
      reason: `the ${role} left a code verdict`,
    });
  });

  it('I4: that could not be read stays unusable with its own reason, whoever left it', () => {
    for (const judge of [judgeAnalysis, judgeArchitecture, judgeReview]) {
      expect(judge(broken)).toEqual(broken);
    }
    for (const hasPullRequest of [true, false]) {
      expect(judgeDevelopment(broken, hasPullRequest)).toEqual(broken);
    }
  });
});

describe('what the analyst left', () => {
  it('is a package when no document is missing', () => {
    expect(judgeAnalysis({ kind: 'package', missing: [] })).toMatchObject({ kind: 'package' });
  });

  it('ORCH-120: is questions when there are some', () => {
    expect(judgeAnalysis(questions)).toEqual(questions);
  });

  it('is unusable when the package lacks documents, and names them', () => {
    expect(judgeAnalysis({ kind: 'package', missing: ['01-brd.md', '05-plan.md'] })).toEqual({
      kind: 'unusable',
      reason: 'the package lacks 01-brd.md, 05-plan.md',
    });
  });
});

describe('what the architect decided', () => {
  it('goes on when READY, and back to the analyst with the conflict when CONFLICT', () => {
    const decided = { kind: 'architecture', mustFixRef } as const;
    expect(judgeArchitecture({ ...decided, status: 'READY' })).toEqual({ kind: 'pass', notes: [] });
    expect(judgeArchitecture({ ...decided, status: 'CONFLICT' })).toEqual({
      kind: 'conflict',
      mustFixRef,
    });
  });
});

describe('what the developer did', () => {
  it('is for CI to judge when the code changed, or was pushed before', () => {
    expect(judgeDevelopment({ kind: 'code', changed: true }, false)).toBeNull();
    expect(judgeDevelopment({ kind: 'code', changed: true }, true)).toBeNull();
    expect(judgeDevelopment(unchanged, true)).toBeNull();
  });

  it('is unusable when nothing changed and nothing was pushed before', () => {
    expect(judgeDevelopment(unchanged, false)).toEqual({
      kind: 'unusable',
      reason: 'the developer changed nothing',
    });
  });
});

describe('what the reviewer said', () => {
  it('goes on when APPROVED', () => {
    expect(judgeReview(review('APPROVED'))).toEqual({ kind: 'pass', notes: [] });
  });

  it('returns the work with the review when REQUEST_CHANGES', () => {
    expect(judgeReview(review('REQUEST_CHANGES'))).toEqual({
      kind: 'fail',
      reason: 'the reviewer asks for changes',
      mustFixRef,
    });
  });
});
