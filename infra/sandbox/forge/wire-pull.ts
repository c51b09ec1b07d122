import { gitDir, isChecking, type Forge } from './forge.ts';
import { findMergeBase, listChangedFiles, ZERO_SHA } from './git-objects.ts';
import { mergeTrees } from './git-merge.ts';
import { repoOf, userOf, type Comment, type Pull, type Review, type Status } from './state.ts';
import { repoWire, userWire, type Viewer } from './wire-common.ts';

/** What git says about a pull request's two branches. */
export interface PullFacts {
  baseSha: string;
  mergeBase: string;
  additions: number;
  deletions: number;
  changedFiles: number;
  conflicted: boolean;
}

const factsByCommits = new Map<string, Promise<PullFacts>>();
const FACTS_KEPT = 500;

/** True for a title that marks work in progress. */
export function isWorkInProgress({ title }: Pull): boolean {
  return /^(wip:|\[wip\])/i.test(title);
}

/** Reads what git says about a pull request; remembered by commits, which never change. */
export async function readPullFacts(forge: Forge, pull: Pull): Promise<PullFacts> {
  const repo = repoOf(forge.state, pull.repoId);
  const baseSha = repo.refs[`refs/heads/${pull.baseRef}`] ?? ZERO_SHA;
  const key = [pull.id, baseSha, pull.headSha, pull.mergeBase].join(' ');
  const known = factsByCommits.get(key);
  if (known !== undefined) return await known;
  const reading = computeFacts(gitDir(forge, repo), pull, baseSha);
  if (factsByCommits.size >= FACTS_KEPT) factsByCommits.clear();
  factsByCommits.set(key, reading);
  reading.catch(() => factsByCommits.delete(key));
  return await reading;
}

async function computeFacts(directory: string, pull: Pull, baseSha: string): Promise<PullFacts> {
  const { headSha } = pull;
  const mergeBase = pull.mergeBase ?? (await findMergeBase(directory, baseSha, headSha));
  const [files, merge] = await Promise.all([
    mergeBase === '' ? [] : listChangedFiles(directory, mergeBase, headSha),
    pull.merged === null ? mergeTrees(directory, baseSha, headSha) : { code: 0 },
  ]);
  return {
    baseSha,
    mergeBase,
    additions: files.reduce((sum, file) => sum + file.additions, 0),
    deletions: files.reduce((sum, file) => sum + file.deletions, 0),
    changedFiles: files.length,
    conflicted: merge.code !== 0,
  };
}

function conversation(forge: Forge, pull: Pull) {
  const ofPull = ({ repoId, pullNumber }: { repoId: number; pullNumber: number }) =>
    repoId === pull.repoId && pullNumber === pull.number;
  const reviews = forge.state.reviews.filter(ofPull);
  const reviewerIds = new Set(
    reviews
      .filter(({ state }) => state === 'APPROVED' || state === 'REQUEST_CHANGES')
      .map(({ authorId }) => authorId),
  );
  return {
    comments: forge.state.comments.filter(ofPull).length + reviews.length,
    reviews: reviews.length,
    reviewers: [...reviewerIds].map((id) => userWire(forge, userOf(forge.state, id), null)),
  };
}

function branchWire(forge: Forge, end: { pull: Pull; ref: string; sha: string; viewer: Viewer }) {
  const repo = repoOf(forge.state, end.pull.repoId);
  return {
    label: end.ref,
    ref: end.ref,
    sha: end.sha,
    repo_id: repo.id,
    repo: repoWire(forge, repo, end.viewer),
  };
}

/** A pull request; `mergeable` is false while the conflict check runs, on a conflict and on work in progress alike. */
export async function pullWire(forge: Forge, pull: Pull, viewer: Viewer) {
  const facts = await readPullFacts(forge, pull);
  const talk = conversation(forge, pull);
  const page = pullPage(forge, pull);
  const mergeable =
    pull.merged !== null ||
    !(isChecking(forge, pull) || facts.conflicted || isWorkInProgress(pull));
  const end = { pull, viewer };
  return {
    id: pull.id,
    url: page,
    number: pull.number,
    user: userWire(forge, userOf(forge.state, pull.authorId), viewer),
    title: pull.title,
    body: pull.body,
    labels: [],
    milestone: null,
    assignee: null,
    assignees: [],
    requested_reviewers: talk.reviewers,
    requested_reviewers_teams: [],
    state: pull.state,
    draft: isWorkInProgress(pull),
    is_locked: false,
    comments: talk.comments,
    ...(talk.reviews > 0 && { review_comments: talk.reviews }),
    additions: facts.additions,
    deletions: facts.deletions,
    changed_files: facts.changedFiles,
    html_url: page,
    diff_url: `${page}.diff`,
    patch_url: `${page}.patch`,
    mergeable,
    merged: pull.merged !== null,
    merged_at: pull.merged?.at ?? null,
    merge_commit_sha: pull.merged?.sha ?? null,
    merged_by:
      pull.merged === null ? null : userWire(forge, userOf(forge.state, pull.merged.byId), null),
    allow_maintainer_edit: false,
    base: branchWire(forge, { ...end, ref: pull.baseRef, sha: facts.baseSha }),
    head: branchWire(forge, { ...end, ref: pull.headRef, sha: pull.headSha }),
    merge_base: facts.mergeBase,
    due_date: null,
    created_at: pull.createdAt,
    updated_at: pull.updatedAt,
    closed_at: pull.closedAt,
    pin_order: 0,
  };
}

/** The page of a pull request, which is also its `url`. */
function pullPage(forge: Forge, pull: Pull): string {
  const { owner, name } = repoOf(forge.state, pull.repoId);
  return `${forge.url()}/${owner}/${name}/pulls/${pull.number}`;
}

/** The issue side of a pull request, as comment events carry it. */
export function issueWire(forge: Forge, pull: Pull, viewer: Viewer) {
  const repo = repoOf(forge.state, pull.repoId);
  const page = pullPage(forge, pull);
  return {
    id: pull.id,
    url: `${forge.url()}/api/v1/repos/${repo.owner}/${repo.name}/issues/${pull.number}`,
    html_url: page,
    number: pull.number,
    user: userWire(forge, userOf(forge.state, pull.authorId), viewer),
    original_author: '',
    original_author_id: 0,
    title: pull.title,
    body: pull.body,
    ref: '',
    assets: [],
    labels: [],
    milestone: null,
    assignee: null,
    assignees: null,
    state: pull.state,
    is_locked: false,
    comments: conversation(forge, pull).comments,
    created_at: pull.createdAt,
    updated_at: pull.updatedAt,
    closed_at: pull.closedAt,
    due_date: null,
    time_estimate: 0,
    pull_request: {
      merged: pull.merged !== null,
      merged_at: pull.merged?.at ?? null,
      draft: isWorkInProgress(pull),
      html_url: page,
    },
    repository: {
      id: repo.id,
      name: repo.name,
      owner: repo.owner,
      full_name: `${repo.owner}/${repo.name}`,
    },
    pin_order: 0,
  };
}

/** A comment on a pull request; `issue_url` is empty for those. */
export function commentWire(forge: Forge, pull: Pull, comment: Comment) {
  return {
    id: comment.id,
    html_url: `${pullPage(forge, pull)}#issuecomment-${comment.id}`,
    pull_request_url: pullPage(forge, pull),
    issue_url: '',
    user: userWire(forge, userOf(forge.state, comment.authorId), null),
    original_author: '',
    original_author_id: 0,
    body: comment.body,
    assets: [],
    created_at: comment.createdAt,
    updated_at: comment.updatedAt,
  };
}

/** A review, without its line comments, which the forge does not keep. */
export function reviewWire(forge: Forge, seen: { pull: Pull; review: Review; viewer: Viewer }) {
  const { pull, review, viewer } = seen;
  return {
    id: review.id,
    user: userWire(forge, userOf(forge.state, review.authorId), viewer),
    team: null,
    state: review.state,
    body: review.body,
    commit_id: review.commitId,
    stale: review.stale,
    official: review.official,
    dismissed: review.dismissed,
    comments_count: 0,
    submitted_at: review.submittedAt,
    updated_at: review.submittedAt,
    html_url: `${pullPage(forge, pull)}#issuecomment-${review.commentId}`,
    pull_request_url: pullPage(forge, pull),
  };
}

/** A row of a commit's status history; its state is called `status` here and `state` one level up. */
export function statusWire(forge: Forge, status: Status) {
  const { owner, name } = repoOf(forge.state, status.repoId);
  return {
    id: status.id,
    status: status.state,
    target_url: status.targetUrl,
    description: status.description,
    url: `${forge.url()}/api/v1/repos/${owner}/${name}/statuses/${status.sha}`,
    context: status.context,
    creator: userWire(forge, userOf(forge.state, status.creatorId), null),
    created_at: status.createdAt,
    updated_at: status.createdAt,
  };
}
