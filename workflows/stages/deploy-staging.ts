import { onFlow, onHost, onTarget } from '../calls.ts';
import type { StageOutcome } from '../domain/decide.ts';
import {
  judgeBuild,
  judgeCatchUp,
  judgeMergeable,
  judgeSecurity,
  judgeStagingDeploy,
  judgeSuite,
} from '../domain/gates.ts';
import type { TargetPolicy } from '../domain/policy.ts';
import type { SecurityVerdict } from '../domain/verdicts.ts';
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

/**
 * Security, catch-up and re-test, coverage, seal, CI on the sealed commit, one build, staging and its suite, in this order.
 * The first that does not pass ends the stage.
 */
export async function deployStaging(ctx: TaskContext): Promise<StageOutcome> {
  const security = await scan(ctx);
  const clean = judgeSecurity(security);
  if (clean.kind !== 'pass') return clean;
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

/** Brings the task up to main and tests it again if that, or an earlier catch-up cut short, changed what was tested. */
async function catchUp(ctx: TaskContext): Promise<StageOutcome> {
  const verdict = await onHost(ctx, 'catch up with main', 5 * MINUTE_MS).catchUp({
    task: ctx.state.ref,
    key: nextRunKey(ctx, 'retest'),
    ...requireTree(ctx),
  });
  const { needsRetest, outcome } = judgeCatchUp(verdict, ctx.state.judged);
  if (verdict.kind === 'conflict') {
    recordVerdict(ctx, { gate: 'catch-up', outcome: 'conflict', reason: '' });
    return outcome;
  }
  const { workHead, baseSha, hasMoved } = verdict;
  recordVerdict(ctx, { gate: 'catch-up', outcome: hasMoved ? 'rebased' : 'current', reason: '' });
  change(ctx, { workHead, baseSha });
  const retest = needsRetest ? await runTests(ctx, 'retest') : null;
  return retest === null || retest.kind === 'pass' ? outcome : retest;
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
  if (answer.kind === 'built') change(ctx, { build: answer.build });
  return judgeBuild(answer);
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
    const outcome = judgeMergeable(answer, Date.now() >= deadline);
    if (outcome?.kind === 'pass') leaveWait(ctx);
    if (outcome !== null) return outcome;
    enterWait(ctx, 'mergeable', `the forge checks #${number} at ${sealed.sha.slice(0, 8)}`);
    await forgeHintOr(ctx, ctx.policy.rereadMs);
  }
}

async function stage(ctx: TaskContext): Promise<StageOutcome> {
  const { staging } = ctx.policy;
  if (staging === null) return { kind: 'pass', notes: [] };
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
  const isUp = judgeStagingDeploy(deployed);
  if (isUp.kind !== 'pass') {
    recordVerdict(ctx, { gate: 'staging', outcome: deployed.status, reason: deployed.reason });
    return isUp;
  }
  const suite = await onTarget(ctx, {
    target: staging.target,
    summary: 'run the staging suite',
    timeoutMs: testTimeoutMs + 2 * MINUTE_MS,
  }).runSuite({ ...about, key: nextRunKey(ctx, 'suite'), timeoutMs: testTimeoutMs });
  recordVerdict(ctx, { gate: 'staging', outcome: suite.status, reason: suite.reason });
  keepEvidence(ctx, '15-staging-log.md', suite.documentId);
  if (suite.status === 'PASS') change(ctx, { stagingDigest: suite.digest });
  return judgeSuite(suite);
}
