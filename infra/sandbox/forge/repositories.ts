import { appendFile, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gitDir, type Forge } from './forge.ts';
import { git } from './git.ts';
import { listRefs } from './git-objects.ts';
import { ownerOf, takeId, timestamp, type Repo } from './state.ts';
import { defaultBranch } from './events.ts';

const FIRST_COMMIT_DATE = '2026-01-05T09:00:00Z';
const FIRST_AUTHOR = { name: 'Anna', email: 'anna@example.com' };

// Objects are never collected: a ref that moved away must not lose what a record still names.
// Nothing is synced to disk: a killed process loses nothing by it, and a stand-in need not survive a power cut.
const REPO_CONFIG = `
[core]
	fsync = none
[gc]
	auto = 0
[receive]
	autogc = false
[http]
	receivepack = true
[uploadpack]
	allowFilter = true
	allowAnySHA1InWant = true
`;

/** Where a new repository's first commit comes from; `readme` is a commit with only a README, `none` leaves it empty. */
export type FirstCommit =
  { kind: 'template'; directory: string } | { kind: 'readme' } | { kind: 'none' };

/** The repository of an owner and a name, or null. */
export function findRepo(forge: Forge, owner: string, name: string): Repo | null {
  const repo = forge.state.repos.find(
    (candidate) => candidate.owner === owner && candidate.name === name,
  );
  return repo ?? null;
}

/** Makes a bare repository with its first commit on the default branch; the same template gives the same commit. */
export async function createRepository(
  forge: Forge,
  { owner, name, first }: { owner: string; name: string; first: FirstCommit },
): Promise<Repo> {
  const now = timestamp();
  const repo: Repo = {
    id: takeId(forge.state, 'repo'),
    owner: ownerOf(forge.state, owner).login,
    name,
    createdAt: now,
    updatedAt: now,
    settings: {},
    protections: [],
    refs: {},
  };
  const directory = gitDir(forge, repo);
  await rm(directory, { recursive: true, force: true });
  await mkdir(directory, { recursive: true });
  await git(directory, ['init', '--quiet', '--bare', `--initial-branch=${defaultBranch(repo)}`]);
  await appendFile(join(directory, 'config'), REPO_CONFIG);
  if (first.kind === 'template') await importDirectory(repo, directory, first.directory);
  if (first.kind === 'readme') await importReadme(repo, directory);
  repo.refs = await listRefs(directory);
  forge.state.repos.push(repo);
  forge.store.save();
  return repo;
}

async function importReadme(repo: Repo, directory: string): Promise<void> {
  const source = await mkdtemp(join(tmpdir(), 'forge-readme-'));
  try {
    await writeFile(join(source, 'README.md'), `# ${repo.name}\n`);
    await importDirectory(repo, directory, source);
  } finally {
    await rm(source, { recursive: true, force: true });
  }
}

async function importDirectory(repo: Repo, directory: string, source: string): Promise<void> {
  const index = join(directory, 'import-index');
  const { name, email } = FIRST_AUTHOR;
  const env = {
    GIT_DIR: directory,
    GIT_WORK_TREE: source,
    GIT_INDEX_FILE: index,
    GIT_AUTHOR_NAME: name,
    GIT_AUTHOR_EMAIL: email,
    GIT_AUTHOR_DATE: FIRST_COMMIT_DATE,
    GIT_COMMITTER_NAME: name,
    GIT_COMMITTER_EMAIL: email,
    GIT_COMMITTER_DATE: FIRST_COMMIT_DATE,
  };
  await git(source, ['add', '--all', '.'], env);
  const tree = await git(source, ['write-tree'], env);
  const commit = await git(source, ['commit-tree', tree, '-m', 'Initial commit'], env);
  await git(directory, ['update-ref', `refs/heads/${defaultBranch(repo)}`, commit]);
  await rm(index, { force: true });
}
