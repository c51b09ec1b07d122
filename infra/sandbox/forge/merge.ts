import { setTimeout as sleep } from 'node:timers/promises';
import { ApiError, notFound } from './api.ts';
import { publishPull } from './events.ts';
import { gitDir, inTurn, isChecking, startConflictCheck, type Forge } from './forge.ts';
import { findMergeBase, isAncestor } from './git-objects.ts';
import {
  makeMergeCommit,
  makeRebasedCommits,
  makeSquashCommit,
  swapRef,
  type MergeParts,
  type MergeResult,
} from './git-merge.ts';
import { protectionOf, whyNotReady } from './protections.ts';
import { settleRefs } from './ref-changes.ts';
import { isRepoAdmin, timestamp, userOf, type Pull, type Repo, type User } from './state.ts';
import { repoSetting } from './wire-common.ts';
import { isWorkInProgress, readPullFacts } from './wire-pull.ts';

/** A merge style with the repository setting that allows it; `manually-merged` is known and never allowed. */
export const MERGE_STYLES = {
  merge: 'allow_merge_commits',
  rebase: 'allow_rebase',
  'rebase-merge': 'allow_rebase_explicit',
  squash: 'allow_squash_merge',
  'fast-forward-only': 'allow_fast_forward_only_merge',
  'manually-merged': 'allow_manual_merge',
} as const;

export type MergeStyle = keyof typeof MERGE_STYLES;

/** What a merge request asks for; empty texts mean the forge's own. */
export interface MergeOrder {
  style: MergeStyle;
  title: string;
  message: string;
  expectedHead: string;
  force: boolean;
}

/** A merge conflict, which the forge answers with 409 in a shape of its own. */
export class MergeConflict extends Error {
  override name = 'MergeConflict';
  readonly body: object;

  constructor(style: MergeStyle, output: { stdout: string; stderr: string }) {
    super('merge conflict');
    const { stdout, stderr } = output;
    this.body = { Style: style, StdOut: stdout, StdErr: stderr, Err: { Code: 1 } };
  }
}

interface Merging {
  repo: Repo;
  pull: Pull;
  user: User;
  order: MergeOrder;
}

function refuseByState({ pull }: Merging): void {
  if (pull.merged !== null) throw new ApiError(405, 'The PR is already merged');
  if (pull.state === 'closed') throw notFound();
  if (isWorkInProgress(pull)) throw new ApiError(405, 'Work in progress PRs cannot be merged');
}

async function refuseByRule(forge: Forge, { repo, pull, user, order }: Merging): Promise<void> {
  const rule = protectionOf(repo, pull.baseRef);
  if (rule === null) return;
  const mayOverride = isRepoAdmin(user, repo) && !rule.block_admin_merge_override;
  const reason = order.force && mayOverride ? null : await whyNotReady(forge, { repo, rule, pull });
  if (reason !== null) throw new ApiError(405, reason);
}

function refuseByOrder({ repo, pull, order }: Merging): void {
  const { expectedHead, style } = order;
  if (expectedHead !== '' && expectedHead !== pull.headSha) {
    throw new ApiError(409, 'head out of date');
  }
  if (repoSetting(repo, MERGE_STYLES[style]) !== true) {
    throw new ApiError(405, `${style} is not allowed an allowed merge style for this repository`);
  }
}

// In the order of the real forge: a stale head is only noticed once the conflict check has run.
async function refuseUnlessMergeable(forge: Forge, merging: Merging): Promise<void> {
  refuseByState(merging);
  const { pull } = merging;
  const { conflicted, mergeBase } = await readPullFacts(forge, pull);
  if (isChecking(forge, pull) || conflicted || mergeBase === pull.headSha) {
    throw new ApiError(405, 'Please try again later');
  }
  await refuseByRule(forge, merging);
  refuseByOrder(merging);
}

function describeMerge({ pull, order }: Merging): string {
  const title =
    order.title ||
    `Merge pull request '${pull.title}' (#${pull.number}) from ${pull.headRef} into ${pull.baseRef}`;
  const squashTitle = order.title || `${pull.title} (#${pull.number})`;
  return [order.style === 'squash' ? squashTitle : title, order.message]
    .filter(Boolean)
    .join('\n\n');
}

async function makeResult(
  directory: string,
  style: MergeStyle,
  parts: MergeParts,
): Promise<MergeResult> {
  switch (style) {
    case 'merge':
      return await makeMergeCommit(directory, parts);
    case 'squash':
      return await makeSquashCommit(directory, parts);
    case 'rebase':
      return await makeRebasedCommits(directory, parts);
    case 'rebase-merge': {
      const rebased = await makeRebasedCommits(directory, parts);
      if (rebased.kind === 'conflict') return rebased;
      return await makeMergeCommit(directory, { ...parts, head: rebased.sha });
    }
    case 'fast-forward-only':
    case 'manually-merged':
      return { kind: 'made', sha: parts.head };
  }
}

/**
 * Merges a pull request in the asked style; throws ApiError or MergeConflict with the answers of the real forge.
 * The base moves by compare-and-swap from the commit read before the work, so of two merges at once one loses.
 */
export async function mergePull(forge: Forge, merging: Merging): Promise<void> {
  const { repo, pull, user, order } = merging;
  await refuseUnlessMergeable(forge, merging);
  const directory = gitDir(forge, repo);
  const base = repo.refs[`refs/heads/${pull.baseRef}`] ?? '';
  const head = pull.headSha;
  if (order.style === 'fast-forward-only' && !(await isAncestor(directory, base, head))) {
    startConflictCheck(forge, pull);
    const problem = 'fatal: Not possible to fast-forward, aborting.';
    throw new ApiError(500, `Merge DivergingFastForwardOnly Error: exit status 128: ${problem}`);
  }
  await sleep(forge.pace.mergeMs);
  const author = { name: user.login, email: `${user.login}@noreply.localhost` };
  const parts = { base, head, author, message: describeMerge(merging) };
  const result = await makeResult(directory, order.style, parts);
  if (result.kind === 'conflict') throw new MergeConflict(order.style, result.answer);
  await inTurn(forge.locks, repo, async () => {
    await land(forge, merging, { base, sha: result.sha });
  });
}

async function land(
  forge: Forge,
  { repo, pull, user }: Merging,
  { base, sha }: { base: string; sha: string },
): Promise<void> {
  const directory = gitDir(forge, repo);
  const ref = `refs/heads/${pull.baseRef}`;
  const mergeBase = await findMergeBase(directory, base, pull.headSha);
  pull.landing = { sha, byId: user.id, mergeBase };
  forge.store.save();
  forge.store.flush();
  const answer = await swapRef(directory, { ref, from: base, to: sha });
  if (answer.code !== 0) {
    pull.landing = null;
    startConflictCheck(forge, pull);
    const noise = `remote: ${answer.stderr.trim()}`;
    throw new ApiError(409, `PushRejected with remote message: ${noise}`);
  }
  recordLanding(forge, pull, pull.landing);
  await settleRefs(forge, repo, user);
  publishPull(forge, pull, { action: 'closed', sender: user });
}

function recordLanding(
  forge: Forge,
  pull: Pull,
  { sha, byId, mergeBase }: NonNullable<Pull['landing']>,
): void {
  const now = timestamp();
  pull.merged = { sha, byId, at: now };
  pull.mergeBase = mergeBase;
  pull.landing = null;
  pull.state = 'closed';
  pull.updatedAt = now;
  pull.closedAt = now;
  forge.store.save();
}

/** Finishes or forgets the merges a killed process had begun: a base that holds the commit was merged. */
export async function recoverLandings(forge: Forge, repo: Repo): Promise<void> {
  const directory = gitDir(forge, repo);
  for (const pull of forge.state.pulls) {
    if (pull.repoId !== repo.id || pull.landing === null) continue;
    const base = `refs/heads/${pull.baseRef}`;
    if (await isAncestor(directory, pull.landing.sha, base)) {
      const sender = userOf(forge.state, pull.landing.byId);
      recordLanding(forge, pull, pull.landing);
      publishPull(forge, pull, { action: 'closed', sender });
    } else {
      pull.landing = null;
    }
  }
}
