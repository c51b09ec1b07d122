import { gitDir, startConflictCheck, type Forge } from './forge.ts';
import { describeRef, publishPull, publishRefChange, type RefChange } from './events.ts';
import { isAncestor, listRefs, ZERO_SHA } from './git-objects.ts';
import { timestamp, type Pull, type Repo, type User } from './state.ts';

/**
 * Draws the consequences of whatever moved in the git repository since the last call: pull requests, events, CI.
 * Call it inside the repository's lock after every write, and once at start for what a killed process left behind.
 */
export async function settleRefs(forge: Forge, repo: Repo, sender: User): Promise<RefChange[]> {
  const refs = await listRefs(gitDir(forge, repo));
  const changes: RefChange[] = [];
  for (const ref of new Set([...Object.keys(repo.refs), ...Object.keys(refs)])) {
    const before = repo.refs[ref] ?? ZERO_SHA;
    const after = refs[ref] ?? ZERO_SHA;
    if (before !== after) changes.push({ ref, before, after });
  }
  repo.refs = refs;
  for (const change of changes) await settleRef(forge, repo, { change, sender });
  if (changes.length > 0) {
    repo.updatedAt = timestamp();
    forge.store.save();
  }
  return changes;
}

async function settleRef(
  forge: Forge,
  repo: Repo,
  { change, sender }: { change: RefChange; sender: User },
): Promise<void> {
  publishRefChange(forge, repo, { change, sender });
  const described = describeRef(change.ref);
  if (described?.kind !== 'branch') return;
  const branch = described.name;
  const open = forge.state.pulls.filter(
    ({ repoId, state }) => repoId === repo.id && state === 'open',
  );
  for (const pull of open) {
    if (pull.headRef === branch) await moveHead(forge, pull, { repo, change, sender });
    else if (pull.baseRef === branch) startConflictCheck(forge, pull);
  }
  if (change.after !== ZERO_SHA) await forge.judge(repo, { branch, sha: change.after });
}

async function moveHead(
  forge: Forge,
  pull: Pull,
  { repo, change, sender }: { repo: Repo; change: RefChange; sender: User },
): Promise<void> {
  pull.updatedAt = timestamp();
  if (change.after === ZERO_SHA) {
    pull.state = 'closed';
    pull.closedAt = pull.updatedAt;
    publishPull(forge, pull, { action: 'closed', sender });
    return;
  }
  pull.headSha = change.after;
  startConflictCheck(forge, pull);
  markReviewsStale(forge, pull, repo);
  // A force-push of the head sends no pull_request_sync on the real forge either.
  const forced = !(await isAncestor(gitDir(forge, repo), change.before, change.after));
  if (!forced) publishPull(forge, pull, { action: 'synchronized', sender });
}

function markReviewsStale(forge: Forge, pull: Pull, repo: Repo): void {
  const dismiss = repo.protections.some(
    ({ rule_name, dismiss_stale_approvals }) =>
      rule_name === pull.baseRef && dismiss_stale_approvals,
  );
  for (const review of forge.state.reviews) {
    if (review.repoId !== pull.repoId || review.pullNumber !== pull.number) continue;
    review.stale = review.commitId !== pull.headSha;
    if (review.stale && dismiss && review.state === 'APPROVED') review.dismissed = true;
  }
}
