import { createHash } from 'node:crypto';
import type { Forge } from './forge.ts';
import type { Commit } from './git-objects.ts';
import { isRepoAdmin, isRepoWriter, ownerOf, type Repo, type User } from './state.ts';

/** Who looks decides what is shown of users and permissions; null is an anonymous visitor. */
export type Viewer = User | null;

const NO_TIME = '0001-01-01T00:00:00Z';

/** A user as others see it; themselves and administrators see more. */
export function userWire(forge: Forge, user: User, viewer: Viewer) {
  const whole = viewer !== null && (viewer.id === user.id || viewer.permission === 'admin');
  const avatar = createHash('md5').update(user.login).digest('hex');
  return {
    id: user.id,
    login: user.login,
    login_name: '',
    source_id: 0,
    full_name: '',
    email: whole ? `${user.login}@example.com` : `${user.login}@noreply.localhost`,
    avatar_url: `${forge.url()}/avatars/${avatar}`,
    html_url: `${forge.url()}/${user.login}`,
    language: '',
    is_admin: whole && user.permission === 'admin',
    last_login: whole ? '1970-01-01T00:00:00Z' : NO_TIME,
    created: user.createdAt,
    restricted: false,
    active: whole,
    prohibit_login: false,
    location: '',
    website: '',
    description: '',
    visibility: 'public',
    followers_count: 0,
    following_count: 0,
    starred_repos_count: 0,
    username: user.login,
  };
}

/** The settings of a repository that PATCH can change, with the values of a new one. */
export const REPO_SETTINGS = {
  description: '',
  default_branch: 'main',
  has_issues: true,
  has_wiki: true,
  has_pull_requests: true,
  has_projects: true,
  projects_mode: 'all',
  has_releases: true,
  has_packages: true,
  has_actions: false,
  ignore_whitespace_conflicts: false,
  allow_merge_commits: true,
  allow_rebase: true,
  allow_rebase_explicit: true,
  allow_squash_merge: true,
  allow_fast_forward_only_merge: true,
  allow_rebase_update: true,
  allow_manual_merge: false,
  autodetect_manual_merge: false,
  default_delete_branch_after_merge: false,
  default_merge_style: 'merge',
  default_allow_maintainer_edit: false,
} as const;

/** The value of a setting, changed or not. */
export function repoSetting(repo: Repo, name: keyof typeof REPO_SETTINGS): unknown {
  return repo.settings[name] ?? REPO_SETTINGS[name];
}

function permissionsWire(repo: Repo, viewer: Viewer) {
  return {
    admin: viewer !== null && isRepoAdmin(viewer, repo),
    push: viewer !== null && isRepoWriter(viewer, repo),
    pull: true,
  };
}

/** A repository; always public, never a fork, never archived. */
export function repoWire(forge: Forge, repo: Repo, viewer: Viewer) {
  const page = `${forge.url()}/${repo.owner}/${repo.name}`;
  const openPulls = forge.state.pulls.filter(
    ({ repoId, state }) => repoId === repo.id && state === 'open',
  );
  const { description, default_branch, ...settings } = { ...REPO_SETTINGS, ...repo.settings };
  return {
    id: repo.id,
    owner: userWire(forge, ownerOf(forge.state, repo.owner), null),
    name: repo.name,
    full_name: `${repo.owner}/${repo.name}`,
    description,
    empty: Object.keys(repo.refs).length === 0,
    private: false,
    fork: false,
    template: false,
    mirror: false,
    size: 25,
    language: '',
    languages_url: `${forge.url()}/api/v1/repos/${repo.owner}/${repo.name}/languages`,
    html_url: page,
    url: `${forge.url()}/api/v1/repos/${repo.owner}/${repo.name}`,
    link: '',
    ssh_url: `git@localhost:${repo.owner}/${repo.name}.git`,
    clone_url: `${page}.git`,
    original_url: '',
    website: '',
    stars_count: 0,
    forks_count: 0,
    watchers_count: 1,
    open_issues_count: 0,
    open_pr_counter: openPulls.length,
    release_counter: 0,
    default_branch,
    archived: false,
    created_at: repo.createdAt,
    updated_at: repo.updatedAt,
    archived_at: '1970-01-01T00:00:00Z',
    permissions: permissionsWire(repo, viewer),
    internal_tracker: {
      enable_time_tracker: true,
      allow_only_contributors_to_track_time: true,
      enable_issue_dependencies: true,
    },
    has_code: false,
    ...settings,
    avatar_url: '',
    internal: false,
    mirror_interval: '',
    object_format_name: 'sha1',
    mirror_updated: NO_TIME,
    topics: [],
    licenses: [],
  };
}

const personWire = ({ name, email }: Commit['author']) => ({ name, email, username: '' });

/** A commit as webhooks carry it. */
export function payloadCommitWire(forge: Forge, repo: Repo, commit: Commit) {
  return {
    id: commit.sha,
    message: commit.message,
    url: `${forge.url()}/${repo.owner}/${repo.name}/commit/${commit.sha}`,
    author: personWire(commit.author),
    committer: personWire(commit.committer),
    verification: null,
    timestamp: commit.committer.date,
    added: commit.added,
    removed: commit.removed,
    modified: commit.modified,
  };
}

const UNSIGNED = {
  verified: false,
  reason: 'gpg.error.not_signed_commit',
  signature: '',
  signer: null,
  payload: '',
};

/** A commit as the branch routes carry it: signature checked, files left out. */
export function branchCommitWire(forge: Forge, repo: Repo, commit: Commit) {
  const whole = payloadCommitWire(forge, repo, commit);
  return { ...whole, verification: UNSIGNED, added: null, removed: null, modified: null };
}

/** A commit as the commit lists carry it. */
export function listedCommitWire(forge: Forge, repo: Repo, commit: Commit) {
  const repoUrl = `${forge.url()}/api/v1/repos/${repo.owner}/${repo.name}`;
  const url = (sha: string) => `${repoUrl}/git/commits/${sha}`;
  const created = commit.committer.date;
  const file = (status: string) => (filename: string) => ({ filename, status });
  return {
    url: url(commit.sha),
    sha: commit.sha,
    created,
    html_url: `${forge.url()}/${repo.owner}/${repo.name}/commit/${commit.sha}`,
    commit: {
      url: url(commit.sha),
      author: commit.author,
      committer: commit.committer,
      message: commit.message,
      tree: { url: `${repoUrl}/git/trees/${commit.tree}`, sha: commit.tree, created },
      verification: UNSIGNED,
    },
    author: null,
    committer: null,
    parents: commit.parents.map((sha) => ({ url: url(sha), sha, created: NO_TIME })),
    files: [
      ...commit.added.map(file('added')),
      ...commit.removed.map(file('removed')),
      ...commit.modified.map(file('modified')),
    ],
  };
}
