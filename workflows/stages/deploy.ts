import { sleep } from '@temporalio/workflow';
import { onFlow, onHost, onTarget } from '../calls.ts';
import type { StageOutcome } from '../domain/decide.ts';
import { isAutomatic } from '../domain/entry-check.ts';
import { judgeDeploy, judgeMain } from '../domain/gates.ts';
import { judgeLanding } from '../domain/landing.ts';
import { isDeployOpen, isLandingOpen } from '../domain/stop.ts';
import type { TargetPolicy } from '../domain/policy.ts';
import type { DeployVerdict } from '../domain/verdicts.ts';
import { comment, notice, settleEffects, recordVerdict } from '../effects-queue.ts';
import { awaitGesture } from '../gestures.ts';
import { acquire, release } from '../grants.ts';
import { change, nextRunKey } from '../task-context.ts';
import type { TaskContext } from '../task-context.ts';
import { awaitMergeable } from './deploy-staging.ts';
import { keepEvidence } from './evidence.ts';
import { requireBuild, requirePullRequest } from './require.ts';

const MINUTE_MS = 60_000;
const MERGE_TRIES = 4;
const MERGE_PAUSE_MS = 2_000;

/**
 * Confirmation, production slot, deploy, landing, proof. Deploy comes before landing: main only ever holds what production
 * has run healthily.
 *
 * | state | event | next | if the step fails |
 * | --- | --- | --- | --- |
 * | unconfirmed | Confirm Deploy, label, policy | slot asked for | stays waiting |
 * | slot held | main moved | slot back, staging again, no attempt used | read again |
 * | slot held | deployed, healthy | merge | rolled back: returned; not rolled back: a person |
 * | merging | any answer | main is read: landed, lost race, or again | bounded tries, then a hold |
 */
export async function deploy(ctx: TaskContext): Promise<StageOutcome> {
  await confirm(ctx);
  const mergeable = await awaitMergeable(ctx);
  if (mergeable.kind !== 'pass') return mergeable;
  await settleEffects(ctx);
  const grant = await acquire(ctx, 'production');
  try {
    return await deployAndLand(ctx, grant.fence);
  } finally {
    await release(ctx, grant);
  }
}

/** A confirmation stays good while the code identity does. Source: ORCH-059. */
async function confirm(ctx: TaskContext): Promise<void> {
  const { seal } = requireBuild(ctx);
  const { confirmedIdentity, ref } = ctx.state;
  if (confirmedIdentity === seal.codeIdentity) return;
  const because = await whyAutomatic(ctx);
  if (because === null) {
    const key = `confirm-${seal.sha}`;
    const stagingUrl = ctx.policy.staging?.url ?? null;
    comment(ctx, {
      key,
      by: 'deployer',
      text: { kind: 'confirm-call', sealedSha: seal.sha, stagingUrl },
    });
    notice(ctx, key, { kind: 'confirmation-wanted', sealedSha: seal.sha });
    await awaitGesture(
      ctx,
      'confirmation',
      `set Confirm Deploy for ${seal.sha.slice(0, 8)} of ${ref.id}`,
    );
  } else {
    const key = `auto-deploy-${seal.sha}`;
    comment(ctx, { key, by: 'stream', text: { kind: 'automatic', what: 'deploy', because } });
    notice(ctx, key, { kind: 'automatic', what: 'deploy' });
  }
  change(ctx, { confirmedIdentity: seal.codeIdentity });
}

/** Why no person is asked, or null. Labels lift the human, never a technical gate. Source: ORCH-089. */
async function whyAutomatic(ctx: TaskContext): Promise<string | null> {
  const { policy } = ctx;
  if (policy.production === null) return 'the project has no production target';
  if (policy.confirmation === 'auto') return 'policy';
  const item = await onFlow(ctx, 'labels that lift the confirmation').readItem(ctx.state.ref);
  const isLifted =
    item !== null && isAutomatic(item, policy.labels.autoDeploy, policy.autoDeployAllowed);
  return isLifted ? `label ${policy.labels.autoDeploy}` : null;
}

async function deployAndLand(ctx: TaskContext, fence: number): Promise<StageOutcome> {
  const { seal } = requireBuild(ctx);
  const { production } = ctx.policy;
  const main = await onHost(ctx, 'is main still the base', MINUTE_MS).readMain({
    repo: ctx.state.ref.repo,
  });
  const base = judgeMain(main.sha, seal);
  if (base.kind !== 'pass') return base;
  change(ctx, { deployBegun: true });
  if (production === null) return landUndeployed(ctx);
  const verdict = await deployTo(ctx, production, fence);
  change(ctx, { deployBegun: isDeployOpen(verdict.status) });
  recordVerdict(ctx, { gate: 'deploy', outcome: verdict.status, reason: verdict.reason });
  keepEvidence(ctx, '14-deploy-log.md', verdict.documentId);
  const deployed = judgeDeploy(verdict);
  if (deployed.kind !== 'pass') {
    const { status, reason, documentId } = verdict;
    notice(ctx, `deploy-failed-${documentId}`, { kind: 'deploy-failed', status, reason });
    return deployed;
  }
  change(ctx, { productionDigest: verdict.runningDigest });
  return land(ctx, []);
}

/** Without a target nothing is in production: what did not land is as if it had not been tried. */
async function landUndeployed(ctx: TaskContext): Promise<StageOutcome> {
  const outcome = await land(ctx, ['deploy: N/A, the project has no production target']);
  change(ctx, { deployBegun: isLandingOpen(outcome) });
  return outcome;
}

async function deployTo(
  ctx: TaskContext,
  production: TargetPolicy,
  fence: number,
): Promise<DeployVerdict> {
  const { build } = requireBuild(ctx);
  const about = {
    target: production.target,
    summary: 'deploy to production',
    timeoutMs: 15 * MINUTE_MS,
  };
  return onTarget(ctx, about).deployBuild({
    task: ctx.state.ref,
    key: nextRunKey(ctx, 'build'),
    ...production,
    build,
    fence,
  });
}

/** One merge call after another, each followed by reading main: the proof decides, never the API's answer. */
async function land(ctx: TaskContext, notes: readonly string[]): Promise<StageOutcome> {
  const { seal } = requireBuild(ctx);
  const { number } = requirePullRequest(ctx);
  const { ref } = ctx.state;
  for (let attempt = 1; ; attempt += 1) {
    const answer = await onFlow(ctx, `merge #${number}`).mergePullRequest({
      repo: ref.repo,
      number,
      sha: seal.sha,
    });
    const proof = await onHost(ctx, 'prove the landing', 2 * MINUTE_MS).proveLanding({
      task: ref,
      seal,
    });
    if (proof.kind === 'proven') {
      recordVerdict(ctx, { gate: 'landing', outcome: 'PROVEN', reason: '' });
      change(ctx, { landed: { sha: proof.landedSha, tree: proof.landedTree } });
      return { kind: 'pass', notes };
    }
    const isLastTry = attempt >= MERGE_TRIES;
    const outcome = judgeLanding({ answer, proof, baseSha: seal.baseSha, isLastTry });
    if (outcome.kind !== 'again') return outcome;
    await sleep(MERGE_PAUSE_MS, { summary: `the forge said later: ${outcome.reason}` });
  }
}
