import type { StageOutcome } from './decide.ts';
import type { GateOutcome } from './outcome.ts';
import type { TaskPolicy } from './policy.ts';
import type { RunSummary } from './runs.ts';
import type { Role } from './stages.ts';
import type { TaskState } from './task-state.ts';
import { allRuns, sumUsage } from './usage.ts';
import type { RoleVerdict } from './verdicts.ts';

/** A verdict that does not count: the same producer again. */
export type Unusable = Extract<GateOutcome, { kind: 'unusable' }>;

/** What becomes of a run that ended without having finished, null = it finished. A leak is for a person, not for another try. */
export function judgeEnd({ end, role }: RunSummary): StageOutcome | null {
  if (end === 'finished') return null;
  return end === 'leaked'
    ? {
        kind: 'broken',
        reason: `a secret was found in what the ${role} left; nothing of it was kept`,
      }
    : { kind: 'unusable', reason: `the ${role} ended with ${end}` };
}

/** Much money without a step forward is for a person to look at, null = go on. Source: product, budgets. */
export function judgeSpending(
  task: Pick<TaskState, 'runs' | 'openRun' | 'runsBefore'>,
  { budget }: Pick<TaskPolicy, 'budget'>,
): StageOutcome | null {
  if (budget.noProgressUsd === null) return null;
  const { costCents } = sumUsage(
    allRuns(task)
      .slice(task.runsBefore)
      .map(({ usage }) => usage),
  );
  if (costCents <= budget.noProgressUsd * 100) return null;
  const spent = (costCents / 100).toFixed(2);
  return { kind: 'broken', reason: `USD ${spent} were spent without a step forward` };
}

/** What the analyst left for a person, a package or questions; a package that lacks a document is unusable. Source: ORCH-120. */
export function judgeAnalysis(
  verdict: RoleVerdict,
): Unusable | Extract<RoleVerdict, { kind: 'package' | 'questions' }> {
  switch (verdict.kind) {
    case 'questions':
      return verdict;
    case 'package':
      return verdict.missing.length > 0
        ? { kind: 'unusable', reason: `the package lacks ${verdict.missing.join(', ')}` }
        : verdict;
    default:
      return unusable(verdict, 'analyst');
  }
}

/** What the architect decided: READY goes on, CONFLICT goes back to the analyst. */
export function judgeArchitecture(verdict: RoleVerdict): StageOutcome {
  if (verdict.kind !== 'architecture') return unusable(verdict, 'architect');
  return verdict.status === 'READY'
    ? { kind: 'pass', notes: [] }
    : { kind: 'conflict', mustFixRef: verdict.mustFixRef };
}

/** Whether the developer left work that CI can judge, null = yes; without a pull request there must be a change. */
export function judgeDevelopment(verdict: RoleVerdict, hasPullRequest: boolean): Unusable | null {
  if (verdict.kind === 'unusable') return verdict;
  return verdict.kind === 'code' && !verdict.changed && !hasPullRequest
    ? { kind: 'unusable', reason: 'the developer changed nothing' }
    : null;
}

/** What the reviewer said: APPROVED goes on, REQUEST_CHANGES returns the work. */
export function judgeReview(verdict: RoleVerdict): GateOutcome {
  if (verdict.kind !== 'review') return unusable(verdict, 'reviewer');
  const { mustFixRef } = verdict;
  return verdict.verdict === 'REQUEST_CHANGES'
    ? { kind: 'fail', reason: 'the reviewer asks for changes', mustFixRef }
    : { kind: 'pass', notes: [] };
}

function unusable(verdict: RoleVerdict, role: Role): Unusable {
  return verdict.kind === 'unusable'
    ? verdict
    : { kind: 'unusable', reason: `the ${role} left a ${verdict.kind} verdict` };
}
