import { ApiError, notFound } from './api.ts';
import { publishPull } from './events.ts';
import { startConflictCheck, type Forge } from './forge.ts';
import { takeId, timestamp, type Pull, type Repo, type User } from './state.ts';

/** What a new pull request is made of; `head` and `base` are branch names. */
export interface NewPull {
  head: string;
  base: string;
  title: string;
  body: string;
}

/** Opens a pull request; throws 404 for a missing branch, 409 when an open one exists, 422 for head equal to base. */
export function openPull(
  forge: Forge,
  { repo, user }: { repo: Repo; user: User },
  { head, base, title, body }: NewPull,
): Pull {
  const { state } = forge;
  const headSha = repo.refs[`refs/heads/${head}`];
  if (headSha === undefined || !(`refs/heads/${base}` in repo.refs)) throw notFound();
  if (head === base) {
    const problem = 'There are no changes between the head and the base';
    throw new ApiError(422, `Invalid PullRequest: ${problem}`);
  }
  const ofRepo = state.pulls.filter(({ repoId }) => repoId === repo.id);
  const twin = ofRepo.find(
    (pull) => pull.state === 'open' && pull.headRef === head && pull.baseRef === base,
  );
  if (twin !== undefined) throw new ApiError(409, describeTwin(repo, twin));
  const now = timestamp();
  const pull: Pull = {
    id: takeId(state, 'pull'),
    number: Math.max(0, ...ofRepo.map(({ number }) => number)) + 1,
    repoId: repo.id,
    authorId: user.id,
    title,
    body,
    state: 'open',
    headRef: head,
    headSha,
    baseRef: base,
    mergeBase: null,
    merged: null,
    landing: null,
    createdAt: now,
    updatedAt: now,
    closedAt: null,
  };
  state.pulls.push(pull);
  forge.store.save();
  publishPull(forge, pull, { action: 'opened', sender: user });
  return pull;
}

function describeTwin(repo: Repo, { id, number, headRef, baseRef }: Pull): string {
  const targets = [
    `id: ${id}`,
    `issue_id: ${number}`,
    `head_repo_id: ${repo.id}`,
    `base_repo_id: ${repo.id}`,
    `head_branch: ${headRef}`,
    `base_branch: ${baseRef}`,
  ];
  return `pull request already exists for these targets [${targets.join(', ')}]`;
}

/** What may be changed of a pull request. */
export interface PullEdit {
  title?: string | undefined;
  body?: string | undefined;
  base?: string | undefined;
  state?: 'open' | 'closed' | undefined;
}

/** Changes texts, base or open state and tells of each; throws 404 for a missing base and 412 for reopening a merged one. */
export function editPull(
  forge: Forge,
  { repo, user, pull }: { repo: Repo; user: User; pull: Pull },
  edit: PullEdit,
): void {
  const { base, state = pull.state } = edit;
  if (base !== undefined && !(`refs/heads/${base}` in repo.refs)) throw notFound();
  if (pull.merged !== null && state !== pull.state) {
    throw new ApiError(412, 'cannot change state of this pull request, it was already merged');
  }
  pull.updatedAt = timestamp();
  const changes = changeFields(pull, edit);
  if ('ref' in changes) startConflictCheck(forge, pull);
  if (Object.keys(changes).length > 0) {
    publishPull(forge, pull, { action: 'edited', sender: user, changes });
  }
  if (state !== pull.state) switchState(forge, { repo, user, pull }, state);
  forge.store.save();
}

function switchState(
  forge: Forge,
  { repo, user, pull }: { repo: Repo; user: User; pull: Pull },
  state: Pull['state'],
): void {
  pull.state = state;
  pull.closedAt = state === 'closed' ? pull.updatedAt : null;
  pull.headSha = repo.refs[`refs/heads/${pull.headRef}`] ?? pull.headSha;
  const action = state === 'closed' ? 'closed' : 'reopened';
  publishPull(forge, pull, { action, sender: user });
}

function changeFields(pull: Pull, edit: PullEdit): Record<string, { from: string }> {
  const changes: Record<string, { from: string }> = {};
  const fields = [
    ['title', 'title', 'title'],
    ['body', 'body', 'body'],
    ['base', 'baseRef', 'ref'],
  ] as const;
  for (const [asked, kept, name] of fields) {
    const value = edit[asked];
    if (value === undefined || value === pull[kept]) continue;
    changes[name] = { from: pull[kept] };
    pull[kept] = value;
  }
  return changes;
}
