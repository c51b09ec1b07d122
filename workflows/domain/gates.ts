import type { BuildAnswer } from './activities.ts';
import type { StageOutcome } from './decide.ts';
import type { Sha } from './ids.ts';
import type { GateOutcome } from './outcome.ts';
import type { Seal, TaskState } from './task-state.ts';
import type {
  CatchUpVerdict,
  CiVerdict,
  DeployVerdict,
  SecurityVerdict,
  StagingVerdict,
  TestVerdict,
  WatchVerdict,
} from './verdicts.ts';

/** What CI at one commit means: green passes, red returns, silence and slowness hold once late; null = wait on. Source: ORCH-045. */
export function judgeCi(verdict: CiVerdict, isLate: boolean): GateOutcome | null {
  switch (verdict.state) {
    case 'success':
      return { kind: 'pass', notes: [] };
    case 'failure':
      return {
        kind: 'fail',
        reason: `CI failed: ${verdict.failing.join(', ')}`,
        mustFixRef: verdict.mustFixRef,
      };
    case 'none':
      return isLate ? { kind: 'hold', owner: 'infra', reason: 'CI never reported' } : null;
    case 'pending':
      return isLate ? { kind: 'hold', owner: 'infra', reason: 'CI is still pending' } : null;
  }
}

/** What the project's own tests mean: what they could not judge is never the work's fault. Source: ORCH-046. */
export function judgeTests(verdict: TestVerdict): GateOutcome {
  switch (verdict.kind) {
    case 'pass':
      return { kind: 'pass', notes: [] };
    case 'fail':
      return {
        kind: 'fail',
        reason: verdict.failed > 0 ? `${verdict.failed} tests failed` : 'the tests failed',
        mustFixRef: verdict.mustFixRef,
      };
    case 'defect':
      return {
        kind: 'hold',
        owner: 'infra',
        reason: `the tests could not judge: ${verdict.reason}`,
      };
  }
}

/** What the secret scan means: one finding returns the work. */
export function judgeSecurity(verdict: SecurityVerdict): GateOutcome {
  const { status, findings, mustFixRef } = verdict;
  return status === 'FAIL'
    ? { kind: 'fail', reason: `${findings} secrets in the change`, mustFixRef }
    : { kind: 'pass', notes: [] };
}

/**
 * What is left to judge of a task on current main. The code is judged by what it is now: another tree than the tested one is
 * tested first, another identity than the reviewed one goes back to review, whenever the catch-up that made it so happened.
 */
export function judgeCatchUp(
  verdict: CatchUpVerdict,
  judged: TaskState['judged'],
): { needsRetest: boolean; outcome: StageOutcome } {
  if (verdict.kind === 'conflict') {
    const { mustFixRef } = verdict;
    const reason = 'the rebase on main conflicts';
    return { needsRetest: false, outcome: { kind: 'fail', reason, mustFixRef } };
  }
  return {
    needsRetest: verdict.codeTree !== judged.testedCodeTree,
    outcome:
      verdict.codeIdentity === judged.reviewIdentity
        ? { kind: 'pass', notes: [] }
        : { kind: 'rereview', reason: 'catching up with main changed the reviewed code' },
  };
}

/** What the one build of the sealed commit means. */
export function judgeBuild(answer: BuildAnswer): GateOutcome {
  return answer.kind === 'failed'
    ? { kind: 'fail', reason: 'the build failed', mustFixRef: answer.mustFixRef }
    : { kind: 'pass', notes: [] };
}

/** What the forge's conflict check means: a yes passes, none holds once late; null = wait on. */
export function judgeMergeable(
  answer: { mergeable: boolean; merged: boolean },
  isLate: boolean,
): GateOutcome | null {
  if (answer.mergeable || answer.merged) return { kind: 'pass', notes: [] };
  const reason = 'the forge does not call the pull request mergeable';
  return isLate ? { kind: 'hold', owner: 'infra', reason } : null;
}

/** What a deploy to staging means: a build that was rolled back returns the work, everything else is the environment's. */
export function judgeStagingDeploy(verdict: DeployVerdict): GateOutcome {
  const { status, reason, mustFixRef } = verdict;
  if (status === 'SUCCESS') return { kind: 'pass', notes: [] };
  return status === 'ROLLED_BACK'
    ? { kind: 'fail', reason: `staging does not run the build: ${reason}`, mustFixRef }
    : { kind: 'hold', owner: 'infra', reason: `staging: ${reason}` };
}

/** What the staging suite means: a defect of the environment never returns code. Source: ORCH-048, ORCH-061, ORCH-115. */
export function judgeSuite(suite: StagingVerdict): GateOutcome {
  const { status, waived, mustFixRef } = suite;
  const reason = `staging: ${suite.reason}`;
  switch (status) {
    case 'PASS':
      return { kind: 'pass', notes: waived.map((name) => `staging: ${name} waived`) };
    case 'FAIL':
      return { kind: 'fail', reason, mustFixRef };
    case 'HOLD':
      return { kind: 'hold', owner: 'infra', reason };
  }
}

/** Whether main is where a seal may land: its base, or the sealed commit itself when an earlier merge was not heard of. */
export function judgeMain(mainSha: Sha, seal: Pick<Seal, 'baseSha' | 'sha'>): StageOutcome {
  return mainSha === seal.baseSha || mainSha === seal.sha
    ? { kind: 'pass', notes: [] }
    : { kind: 'stale', reason: 'main moved under the seal', lostRace: false };
}

/**
 * What a deploy to production means. Rolled back = the work's fault and production is safe; refused = another task was
 * faster; failed = production may be down, a person is needed now.
 */
export function judgeDeploy(verdict: DeployVerdict): StageOutcome {
  const { status, reason, mustFixRef } = verdict;
  switch (status) {
    case 'SUCCESS':
      return { kind: 'pass', notes: [] };
    case 'ROLLED_BACK':
      return { kind: 'fail', reason: `deploy rolled back: ${reason}`, mustFixRef };
    case 'REFUSED':
      return { kind: 'stale', reason: `deploy refused: ${reason}`, lostRace: true };
    case 'FAILED':
      return { kind: 'hold', owner: 'human', reason: `production may be down: ${reason}` };
  }
}

/** What the watch means: a degraded production is a person's, an unreadable one infrastructure's; code is never returned. */
export function judgeWatch(verdict: WatchVerdict): GateOutcome {
  const { status, reason } = verdict;
  switch (status) {
    case 'HEALTHY':
      return { kind: 'pass', notes: [] };
    case 'DEGRADED':
      return { kind: 'hold', owner: 'human', reason: `production is degraded: ${reason}` };
    case 'UNREADABLE':
      return { kind: 'hold', owner: 'infra', reason: `production cannot be watched: ${reason}` };
  }
}
