import type { GateOutcome, HoldOwner, MustFixRef } from './outcome.ts';
import type { TaskPolicy } from './policy.ts';
import { nextStage, STAGES } from './stages.ts';
import type { StageName } from './stages.ts';
import type { TaskState } from './task-state.ts';

/** How a stage ended: a gate's outcome, or one of the ways round it that use up no attempt. */
export type StageOutcome =
  | GateOutcome
  /** the architect found the package contradictory */
  | { kind: 'conflict'; mustFixRef: MustFixRef | null }
  /** a person rejected the package, or answered questions: the analyst works again */
  | { kind: 'asked-again'; reason: string }
  /** catch-up changed the judged code: the review verdict is void */
  | { kind: 'rereview'; reason: string }
  /** main moved under the seal: staging again */
  | { kind: 'stale'; reason: string; lostRace: boolean }
  /** nothing to start, or the entry check refused it */
  | { kind: 'ended'; as: 'none' | 'refused' }
  /** trouble that no repetition mends */
  | { kind: 'broken'; reason: string };

/** What follows an outcome. */
export type Decision =
  | { kind: 'advance'; to: StageName | 'done'; notes: readonly string[] }
  | { kind: 'again'; reason: string; countsAttempt: boolean }
  | { kind: 'return'; to: StageName; reason: string; mustFixRef: MustFixRef | null }
  | { kind: 'back'; to: StageName; reason: string; counter: 'rereviews' | 'lostRaces' | null }
  | { kind: 'conflict'; to: StageName; reason: string; mustFixRef: MustFixRef | null }
  | { kind: 'hold'; owner: HoldOwner; reason: string }
  | { kind: 'escalate'; reason: string }
  | { kind: 'end'; as: 'none' | 'refused' | 'cancelled' };

/**
 * Decides what follows `outcome` of `stage`. Pure, so a replay decides the same. Counters live in the state, limits in the
 * policy; every loop is bounded. Source: ORCH-060, ET-013, I13.
 */
export function decide(
  state: TaskState & { stage: StageName },
  outcome: StageOutcome,
  policy: TaskPolicy,
): Decision {
  switch (outcome.kind) {
    case 'pass':
      return { kind: 'advance', to: nextStage(state.stage, state.track), notes: outcome.notes };
    case 'fail':
      return decideFail(state, outcome, policy);
    case 'unusable':
      return state.producerAttempts + 1 < policy.maxProducerAttempts
        ? { kind: 'again', reason: outcome.reason, countsAttempt: true }
        : { kind: 'escalate', reason: outcome.reason };
    case 'conflict':
      return decideConflict(state, outcome.mustFixRef, policy);
    case 'asked-again':
      return { kind: 'again', reason: outcome.reason, countsAttempt: false };
    case 'rereview':
      return state.rereviews < policy.maxRereviews
        ? { kind: 'back', to: 'review', reason: outcome.reason, counter: 'rereviews' }
        : {
            kind: 'hold',
            owner: 'human',
            reason: `the code changed after review ${state.rereviews} times`,
          };
    case 'stale':
      return decideStale(state, outcome, policy);
    case 'hold':
      return { kind: 'hold', owner: outcome.owner, reason: outcome.reason };
    case 'broken':
      return { kind: 'escalate', reason: outcome.reason };
    case 'ended':
      return { kind: 'end', as: outcome.as };
  }
}

function decideFail(
  state: TaskState & { stage: StageName },
  outcome: Extract<GateOutcome, { kind: 'fail' }>,
  policy: TaskPolicy,
): Decision {
  if (state.returns >= policy.maxReturns) {
    return {
      kind: 'escalate',
      reason: `returned ${state.returns} times; the last time: ${outcome.reason}`,
    };
  }
  return {
    kind: 'return',
    to: STAGES[state.stage].onFail,
    reason: outcome.reason,
    mustFixRef: outcome.mustFixRef,
  };
}

function decideConflict(
  state: TaskState,
  mustFixRef: MustFixRef | null,
  policy: TaskPolicy,
): Decision {
  const reason = 'the architect found the package contradictory';
  return state.conflicts < policy.maxConflicts
    ? { kind: 'conflict', to: 'analysis', reason, mustFixRef }
    : { kind: 'escalate', reason: `${reason} ${state.conflicts + 1} times` };
}

function decideStale(
  state: TaskState,
  outcome: Extract<StageOutcome, { kind: 'stale' }>,
  policy: TaskPolicy,
): Decision {
  if (!outcome.lostRace)
    return { kind: 'back', to: 'deploy-staging', reason: outcome.reason, counter: null };
  return state.lostRaces < policy.maxLostRaces
    ? { kind: 'back', to: 'deploy-staging', reason: outcome.reason, counter: 'lostRaces' }
    : {
        kind: 'hold',
        owner: 'human',
        reason: `main moved under the landing ${state.lostRaces + 1} times`,
      };
}
