import { onFlow, onHost, onTarget } from '../calls.ts';
import type { StageOutcome } from '../domain/decide.ts';
import type { GateOutcome } from '../domain/outcome.ts';
import type { TargetPolicy } from '../domain/policy.ts';
import type { SecurityVerdict, StagingVerdict } from '../domain/verdicts.ts';
import { settleEffects, recordVerdict } from '../effects-queue.ts';
import { acquire, release } from '../grants.ts';
import { change, enterWait, forgeHintOr, leaveWait, nextRunKey } from '../task-context.ts';
import type { TaskContext } from '../task-context.ts';
import { awaitCi } from './ci.ts';
import { keepEvidence } from './evidence.ts';
import { requireBuild, requirePullRequest, requireTree } from './require.ts';
import { runTests } from './testing.ts';

const MINUTE_MS = 60_000;
const COVERAGE_NA = 'no baseline is set for this project';
const PASS: GateOutcome = { kind: 'pass', notes: [] };

/**
 * Security, catch-up and re-test, coverage, seal, CI on the sealed commit, one build, staging and its suite, in this order.
 * The first that does not pass ends the stage.
 */
export async function deployStaging(ctx: TaskContext): Promise<StageOutcome> {
  const security = await scan(ctx);
  if (security.status === 'FAIL') {
    const { findings, mustFixRef } = security;
    return { kind: 'fail', reason: `${findings} secrets in the change`, mustFixRef };
  }
  const caughtUp = await catchUp(ctx);
  if (caughtUp.kind !== 'pass') return caughtUp;
  await seal(ctx, security);
  for (const gate of [awaitSealedCi, buildOnce, awaitMergeable, stage]) {
    const outcome = await gate(ctx);
    if (outcome.kind !== 'pass') return outcome;
  }
  const notes = [`coverage: N/A, ${COVERAGE_NA}`];
  if (ctx.policy.staging === null) notes.push('staging: N/A, the project has no staging target');
  return { kind: 'pass', notes };
}

async function scan(ctx: TaskContext): Promise<SecurityVerdict> {
  const verdict = await onHost(ctx, 'scan for secrets', 5 * MINUTE_MS).scanSecrets({
    task: ctx.state.ref,
    key: nextRunKey(ctx, 'test'),
    ...requireTree(ctx),
  });
  recordVerdict(ctx, {
    gate: 'security',
    outcome: verdict.status,
    reason: `${verdict.findings} findings`,
  });
  return verdict;
}

/**
 * Brings the task up to main. The code is judged by what it is now: another tree than the tested one is tested, another
 * identity than the reviewed one goes back to review, also when an earlier, interrupted catch-up made it so.
 */
async function catchUp(ctx: TaskContext): Promise<StageOutcome> {
  const verdict = await onHost(ctx, 'catch up with main', 5 * MINUTE_MS).catchUp({
    task: ctx.state.ref,
    key: nextRunKey(ctx, 'retest'),
    ...requireTree(ctx),
  });
  if (verdict.kind === 'conflict') {
    recordVerdict(ctx, { gate: 'catch-up', outcome: 'conflict', reason: '' });
    return { kind: 'fail', reason: 'the rebase on main conflicts', mustFixRef: verdict.mustFixRef };
  }
  const { workHead, baseSha, codeTree, codeIdentity, hasMoved } = verdict;
  recordVerdict(ctx, { gate: 'catch-up', outcome: hasMoved ? 'rebased' : 'current', reason: '' });
  change(ctx, { workHead, baseSha });
  const { judged } = ctx.state;
  if (codeTree !== judged.testedCodeTree) {
    const retest = await runTests(ctx, 'retest');
    if (retest.kind !== 'pass') return retest;
  }
  return codeIdentity === judged.reviewIdentity
    ? PASS
    : { kind: 'rereview', reason: 'catching up with main changed the reviewed code' };
}

async function seal(ctx: TaskContext, security: SecurityVerdict): Promise<void> {
  const { ref, title, branchHead, judged } = ctx.state;
  if (judged.testedCodeTree === null) throw new Error('nothing was tested before the seal');
  const sealed = await onHost(ctx, 'seal', 5 * MINUTE_MS).seal({
    task: ref,
    key: nextRunKey(ctx, 'build'),
    title,
    ...requireTree(ctx),
    branchHead,
    testedCodeTree: judged.testedCodeTree,
    security,
    coverage: COVERAGE_NA,
  });
  change(ctx, { seal: sealed, build: null, workHead: sealed.sha, branchHead: sealed.sha });
}

async function awaitSealedCi(ctx: TaskContext): Promise<StageOutcome> {
  if (ctx.state.seal === null) throw new Error('CI is awaited on a seal');
  const outcome = await awaitCi(ctx, ctx.state.seal.sha);
  recordVerdict(ctx, { gate: 'ci', outcome: outcome.kind, reason: 'at the sealed commit' });
  return outcome;
}

async function buildOnce(ctx: TaskContext): Promise<StageOutcome> {
  const { seal: sealed, ref } = ctx.state;
  if (sealed === null) throw new Error('a build is made from a seal');
  const answer = await onHost(ctx, 'build once', 15 * MINUTE_MS).buildSealed({
    task: ref,
    key: nextRunKey(ctx, 'build'),
    seal: sealed,
    timeoutMs: 10 * MINUTE_MS,
  });
  if (answer.kind === 'failed') {
    return { kind: 'fail', reason: 'the build failed', mustFixRef: answer.mustFixRef };
  }
  change(ctx, { build: answer.build });
  return PASS;
}

/** The forge re-checks a pull request whenever head or base moves; its yes is awaited before a slot is asked for. */
export async function awaitMergeable(ctx: TaskContext): Promise<StageOutcome> {
  const { number } = requirePullRequest(ctx);
  const { seal: sealed } = requireBuild(ctx);
  const { repo } = ctx.state.ref;
  const deadline = Date.now() + ctx.policy.ciDeadlineMs;
  for (;;) {
    const answer = await onFlow(ctx, 'is the pull request mergeable').readMergeable({
      repo,
      number,
      sha: sealed.sha,
    });
    if (answer.mergeable || answer.merged) {
      leaveWait(ctx);
      return PASS;
    }
    if (Date.now() >= deadline) {
      return {
        kind: 'hold',
        owner: 'infra',
        reason: 'the forge does not call the pull request mergeable',
      };
    }
    enterWait(ctx, 'mergeable', `the forge checks #${number} at ${sealed.sha.slice(0, 8)}`);
    await forgeHintOr(ctx, ctx.policy.rereadMs);
  }
}

async function stage(ctx: TaskContext): Promise<StageOutcome> {
  const { staging } = ctx.policy;
  if (staging === null) return PASS;
  const grant = await acquire(ctx, 'staging');
  try {
    return await stageAndTest(ctx, staging, grant.fence);
  } finally {
    await release(ctx, grant);
  }
}

async function stageAndTest(
  ctx: TaskContext,
  staging: TargetPolicy,
  fence: number,
): Promise<StageOutcome> {
  const { build } = requireBuild(ctx);
  const { testTimeoutMs } = ctx.policy;
  const about = { task: ctx.state.ref, ...staging, build, fence };
  await settleEffects(ctx);
  const deployed = await onTarget(ctx, {
    target: staging.target,
    summary: 'deploy to staging',
    timeoutMs: 5 * MINUTE_MS,
  }).deployBuild({ ...about, key: nextRunKey(ctx, 'suite') });
  if (deployed.status !== 'SUCCESS') {
    const { status, reason, mustFixRef } = deployed;
    recordVerdict(ctx, { gate: 'staging', outcome: status, reason });
    return status === 'ROLLED_BACK'
      ? { kind: 'fail', reason: `staging does not run the build: ${reason}`, mustFixRef }
      : { kind: 'hold', owner: 'infra', reason: `staging: ${reason}` };
  }
  const suite = await onTarget(ctx, {
    target: staging.target,
    summary: 'run the staging suite',
    timeoutMs: testTimeoutMs + 2 * MINUTE_MS,
  }).runSuite({ ...about, key: nextRunKey(ctx, 'suite'), timeoutMs: testTimeoutMs });
  return judgeSuite(ctx, suite);
}

function judgeSuite(ctx: TaskContext, suite: StagingVerdict): StageOutcome {
  recordVerdict(ctx, { gate: 'staging', outcome: suite.status, reason: suite.reason });
  keepEvidence(ctx, '15-staging-log.md', suite.documentId);
  switch (suite.status) {
    case 'PASS':
      change(ctx, { stagingDigest: suite.digest });
      return { kind: 'pass', notes: suite.waived.map((name) => `staging: ${name} waived`) };
    case 'FAIL':
      return { kind: 'fail', reason: `staging: ${suite.reason}`, mustFixRef: suite.mustFixRef };
    case 'HOLD':
      return { kind: 'hold', owner: 'infra', reason: `staging: ${suite.reason}` };
  }
}
