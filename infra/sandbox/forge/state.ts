/** A login of the forge; `token` null means nobody can sign in with it (organisations, the CI user). */
export interface User {
  id: number;
  login: string;
  token: string | null;
  permission: 'admin' | 'write' | 'read';
  createdAt: string;
}

/** One branch protection rule, its fields named as on the wire. */
export interface Protection {
  rule_name: string;
  enable_push: boolean;
  enable_push_whitelist: boolean;
  push_whitelist_usernames: string[];
  enable_force_push: boolean;
  enable_status_check: boolean;
  status_check_contexts: string[];
  required_approvals: number;
  block_on_rejected_reviews: boolean;
  block_on_outdated_branch: boolean;
  dismiss_stale_approvals: boolean;
  block_admin_merge_override: boolean;
  created_at: string;
  updated_at: string;
}

/** A repository; `refs` is the last state of its refs whose consequences were drawn. */
export interface Repo {
  id: number;
  owner: string;
  name: string;
  createdAt: string;
  updatedAt: string;
  settings: Record<string, unknown>;
  protections: Protection[];
  refs: Record<string, string>;
}

/** A pull request; `landing` is a merge whose ref update may have happened before the record of it was saved. */
export interface Pull {
  id: number;
  number: number;
  repoId: number;
  authorId: number;
  title: string;
  body: string;
  state: 'open' | 'closed';
  headRef: string;
  headSha: string;
  baseRef: string;
  mergeBase: string | null;
  merged: { sha: string; byId: number; at: string } | null;
  landing: { sha: string; byId: number; mergeBase: string } | null;
  createdAt: string;
  updatedAt: string;
  closedAt: string | null;
}

export type StatusState = 'pending' | 'success' | 'error' | 'failure' | 'warning' | 'skipped';

/** One row of a commit's status history; the newest row of a context counts. */
export interface Status {
  id: number;
  repoId: number;
  sha: string;
  state: StatusState;
  context: string;
  description: string;
  targetUrl: string;
  creatorId: number;
  createdAt: string;
}

/** A comment on the conversation of a pull request. */
export interface Comment {
  id: number;
  repoId: number;
  pullNumber: number;
  authorId: number;
  body: string;
  createdAt: string;
  updatedAt: string;
}

export type ReviewState = 'APPROVED' | 'PENDING' | 'COMMENT' | 'REQUEST_CHANGES';

/** A review of a pull request at one commit. */
export interface Review {
  id: number;
  commentId: number;
  repoId: number;
  pullNumber: number;
  authorId: number;
  state: ReviewState;
  body: string;
  commitId: string;
  stale: boolean;
  official: boolean;
  dismissed: boolean;
  submittedAt: string;
}

/** A webhook of one repository; `events` are fine event types. */
export interface Hook {
  id: number;
  repoId: number;
  url: string;
  secret: string;
  events: string[];
  branchFilter: string;
  authorizationHeader: string;
  active: boolean;
  createdAt: string;
  updatedAt: string;
}

/** One run of `.ci/run` at a commit; a commit is judged once. */
export interface CiRun {
  id: number;
  repoId: number;
  sha: string;
  branch: string;
  state: 'queued' | 'held' | 'running' | 'success' | 'failure';
  workDir: string | null;
  createdAt: string;
  startedAt: string | null;
  finishedAt: string | null;
}

export type CiMode = 'run' | 'hold' | 'fail' | 'silent';

/** Everything the forge knows beside its git repositories. */
export interface ForgeState {
  lastIds: Record<string, number>;
  ciMode: CiMode;
  users: User[];
  repos: Repo[];
  pulls: Pull[];
  statuses: Status[];
  comments: Comment[];
  reviews: Review[];
  hooks: Hook[];
  ciRuns: CiRun[];
}

export const CI_USER_ID = -2;

/** The state of a forge nobody has used; it knows only the CI user. */
export function emptyForgeState(): ForgeState {
  return {
    lastIds: {},
    ciMode: 'run',
    users: [
      {
        id: CI_USER_ID,
        login: 'gitea-actions',
        token: null,
        permission: 'read',
        createdAt: '1970-01-01T00:00:00Z',
      },
    ],
    repos: [],
    pulls: [],
    statuses: [],
    comments: [],
    reviews: [],
    hooks: [],
    ciRuns: [],
  };
}

/** Draws the next id of a kind, from 1. */
export function takeId(state: ForgeState, kind: string): number {
  const id = (state.lastIds[kind] ?? 0) + 1;
  state.lastIds[kind] = id;
  return id;
}

/** The time as the forge writes it: UTC, whole seconds. */
export function timestamp(at = new Date()): string {
  return at.toISOString().replace(/\.\d+Z$/, 'Z');
}

/** The user of an id the state itself refers to; throws when the state is inconsistent. */
export function userOf(state: ForgeState, id: number): User {
  const user = state.users.find((candidate) => candidate.id === id);
  if (user === undefined) throw new Error(`No user ${id}`);
  return user;
}

/** The repository of an id the state itself refers to; throws when the state is inconsistent. */
export function repoOf(state: ForgeState, id: number): Repo {
  const repo = state.repos.find((candidate) => candidate.id === id);
  if (repo === undefined) throw new Error(`No repository ${id}`);
  return repo;
}

/** The owner of a repository, created on first use like an organisation. */
export function ownerOf(state: ForgeState, login: string): User {
  const known = state.users.find((user) => user.login === login);
  if (known !== undefined) return known;
  const owner: User = {
    id: takeId(state, 'user'),
    login,
    token: null,
    permission: 'read',
    createdAt: timestamp(),
  };
  state.users.push(owner);
  return owner;
}

/** True when the user may administer the repository. */
export function isRepoAdmin(user: User, repo: Repo): boolean {
  return user.permission === 'admin' || user.login === repo.owner;
}

/** True when the user may push to and merge in the repository. */
export function isRepoWriter(user: User, repo: Repo): boolean {
  return user.permission === 'write' || isRepoAdmin(user, repo);
}
