import { gitDir, type Forge } from './forge.ts';
import { countCommits, listCommits, readCommit, ZERO_SHA } from './git-objects.ts';
import {
  repoOf,
  userOf,
  type Comment,
  type Pull,
  type Repo,
  type Review,
  type Status,
  type User,
} from './state.ts';
import { payloadCommitWire, repoSetting, repoWire, userWire } from './wire-common.ts';
import { commentWire, issueWire, pullWire } from './wire-pull.ts';
import { publish } from './webhooks.ts';

const COMMITS_SHOWN = 5;

/** One ref that moved; a sha of zeros is a ref that was not there. */
export interface RefChange {
  ref: string;
  before: string;
  after: string;
}

function frame(forge: Forge, repo: Repo, sender: User) {
  return {
    repository: repoWire(forge, repo, sender),
    sender: userWire(forge, sender, null),
  };
}

/** The branch or tag a ref is, by its short name, or null for any other ref. */
export function describeRef(ref: string): { kind: 'branch' | 'tag'; name: string } | null {
  const match = /^refs\/(heads|tags)\/(.+)$/.exec(ref);
  if (match === null) return null;
  return { kind: match[1] === 'heads' ? 'branch' : 'tag', name: match[2] ?? '' };
}

/** Tells of a branch or tag that moved: create and push, push, or delete (with a push for a tag). */
export function publishRefChange(
  forge: Forge,
  repo: Repo,
  { change, sender }: { change: RefChange; sender: User },
): void {
  const described = describeRef(change.ref);
  if (described === null) return;
  const { kind, name } = described;
  const subject = { ref: name, ref_type: kind };
  if (change.before === ZERO_SHA) {
    publish(forge, repo, {
      type: 'create',
      branch: name,
      render: () => ({ sha: change.after, ...subject, ...frame(forge, repo, sender) }),
    });
  }
  if (change.after === ZERO_SHA) {
    publish(forge, repo, {
      type: 'delete',
      branch: name,
      render: () => ({ ...subject, pusher_type: 'user', ...frame(forge, repo, sender) }),
    });
    if (kind === 'branch') return;
  }
  publish(forge, repo, {
    type: 'push',
    branch: name,
    render: () => pushPayload(forge, repo, { change, sender }),
  });
}

async function pushPayload(
  forge: Forge,
  repo: Repo,
  { change, sender }: { change: RefChange; sender: User },
) {
  const directory = gitDir(forge, repo);
  const { ref, before, after } = change;
  const known = before === ZERO_SHA ? repo.refs[`refs/heads/${defaultBranch(repo)}`] : before;
  const range = known === undefined ? [after] : [`${known}..${after}`];
  const gone = after === ZERO_SHA;
  const [commits, total, head] = await Promise.all([
    gone ? [] : listCommits(directory, range, { limit: COMMITS_SHOWN }),
    gone ? 0 : countCommits(directory, range),
    gone ? null : readCommit(directory, after),
  ]);
  return {
    ref,
    before,
    after,
    compare_url: `${forge.url()}/${repo.owner}/${repo.name}/compare/${known ?? before}...${after}`,
    commits: commits.map((commit) => payloadCommitWire(forge, repo, commit)),
    total_commits: total,
    head_commit: head === null ? null : payloadCommitWire(forge, repo, head),
    repository: repoWire(forge, repo, sender),
    pusher: userWire(forge, sender, null),
    sender: userWire(forge, sender, null),
  };
}

/** The default branch of a repository. */
export function defaultBranch(repo: Repo): string {
  return String(repoSetting(repo, 'default_branch'));
}

/** What happened to a pull request; `changes` only when it was edited. */
export interface PullEvent {
  action: 'opened' | 'edited' | 'closed' | 'reopened' | 'synchronized';
  sender: User;
  changes?: Record<string, { from: string }>;
}

/** Tells of a pull request that was opened, edited, closed, reopened, merged (closed too) or got new commits. */
export function publishPull(
  forge: Forge,
  pull: Pull,
  { action, sender, changes }: PullEvent,
): void {
  const repo = repoOf(forge.state, pull.repoId);
  publish(forge, repo, {
    type: action === 'synchronized' ? 'pull_request_sync' : 'pull_request',
    render: async () => ({
      action,
      number: pull.number,
      ...(changes !== undefined && { changes }),
      pull_request: await pullWire(forge, pull, userOf(forge.state, pull.authorId)),
      requested_reviewer: null,
      ...frame(forge, repo, sender),
      commit_id: '',
      review: null,
    }),
  });
}

const REVIEW_EVENT = {
  APPROVED: 'pull_request_review_approved',
  REQUEST_CHANGES: 'pull_request_review_rejected',
  COMMENT: 'pull_request_review_comment',
} as const;

/** Tells of a submitted review; the payload carries neither its id nor its state. */
export function publishReview(forge: Forge, pull: Pull, review: Review): void {
  if (review.state === 'PENDING') return;
  const repo = repoOf(forge.state, pull.repoId);
  const sender = userOf(forge.state, review.authorId);
  const type = REVIEW_EVENT[review.state];
  publish(forge, repo, {
    type,
    render: async () => ({
      action: 'reviewed',
      number: pull.number,
      pull_request: await pullWire(forge, pull, userOf(forge.state, pull.authorId)),
      requested_reviewer: userWire(forge, sender, null),
      ...frame(forge, repo, sender),
      commit_id: '',
      review: { type, content: review.body },
    }),
  });
}

/** What happened to a comment; `changes` only when it was edited. */
export interface CommentEvent {
  action: 'created' | 'edited' | 'deleted';
  comment: Comment;
  sender: User;
  changes?: Record<string, { from: string }>;
}

/** Tells of a comment on the conversation of a pull request. */
export function publishComment(forge: Forge, pull: Pull, event: CommentEvent): void {
  const { action, comment, sender, changes } = event;
  const repo = repoOf(forge.state, pull.repoId);
  const author = userOf(forge.state, pull.authorId);
  publish(forge, repo, {
    type: 'pull_request_comment',
    render: async () => ({
      action,
      issue: issueWire(forge, pull, author),
      pull_request: await pullWire(forge, pull, author),
      comment: commentWire(forge, pull, comment),
      ...(changes !== undefined && { changes }),
      ...frame(forge, repo, sender),
      is_pull: true,
    }),
  });
}

/** Tells of a commit status; the payload carries a sha and no branch. */
export function publishStatus(forge: Forge, status: Status): void {
  const repo = repoOf(forge.state, status.repoId);
  const sender = userOf(forge.state, status.creatorId);
  publish(forge, repo, {
    type: 'status',
    render: async () => {
      const commit = await readCommit(gitDir(forge, repo), status.sha);
      return {
        commit: commit === null ? null : payloadCommitWire(forge, repo, commit),
        context: status.context,
        created_at: status.createdAt,
        description: status.description,
        id: status.id,
        ...frame(forge, repo, sender),
        sha: status.sha,
        state: status.state,
        target_url: status.targetUrl || `${forge.url()}/`,
        updated_at: status.createdAt,
      };
    },
  });
}
