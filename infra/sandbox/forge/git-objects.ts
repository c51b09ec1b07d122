import { git, tryGit } from './git.ts';

export const ZERO_SHA = '0'.repeat(40);

interface Signature {
  name: string;
  email: string;
  date: string;
}

/** A commit with the paths it changed against its first parent. */
export interface Commit {
  sha: string;
  tree: string;
  parents: string[];
  author: Signature;
  committer: Signature;
  message: string;
  added: string[];
  removed: string[];
  modified: string[];
}

/** One changed path of a diff; line counts are 0 for binary files. */
export interface ChangedFile {
  path: string;
  status: 'added' | 'changed' | 'deleted';
  additions: number;
  deletions: number;
}

const FIELDS = ['%H', '%T', '%P', '%an', '%ae', '%aI', '%cn', '%ce', '%cI', '%B', ''];
const FORMAT = `--format=%x1e${FIELDS.join('%x1f')}`;
const LOG = ['log', FORMAT, '--name-status', '--no-renames', '--diff-merges=first-parent'];

function parseCommit(record: string): Commit {
  const fields = record.split('\x1f');
  const at = (index: number) => fields[index] ?? '';
  const date = (index: number) => at(index).replace(/\+00:00$/, 'Z');
  const paths: Record<string, string[]> = { A: [], D: [], M: [] };
  for (const line of at(10).split('\n')) {
    const [status, path] = line.split('\t');
    if (path !== undefined) (paths[status?.[0] ?? ''] ?? paths.M)?.push(path);
  }
  return {
    sha: at(0),
    tree: at(1),
    parents: at(2).split(' ').filter(Boolean),
    author: { name: at(3), email: at(4), date: date(5) },
    committer: { name: at(6), email: at(7), date: date(8) },
    message: at(9),
    added: paths.A ?? [],
    removed: paths.D ?? [],
    modified: paths.M ?? [],
  };
}

const parseCommits = (output: string) => output.split('\x1e').slice(1).map(parseCommit);

/** The commits of a revision range, newest first; `skip` and `limit` page through them. Throws GitError on an unknown revision. */
export async function listCommits(
  directory: string,
  range: readonly string[],
  page: { skip?: number; limit: number },
): Promise<Commit[]> {
  const bounds = [`--max-count=${page.limit}`, `--skip=${page.skip ?? 0}`];
  return parseCommits(await git(directory, [...LOG, ...bounds, ...range, '--']));
}

/** How many commits a revision range holds. */
export async function countCommits(directory: string, range: readonly string[]): Promise<number> {
  return Number(await git(directory, ['rev-list', '--count', ...range, '--']));
}

/** The commit a revision names, or null when there is none. */
export async function resolveCommit(directory: string, revision: string): Promise<string | null> {
  if (revision.startsWith('-')) return null;
  const answer = await tryGit(directory, [
    'rev-parse',
    '--verify',
    '--quiet',
    '--end-of-options',
    `${revision}^{commit}`,
  ]);
  return answer.code === 0 ? answer.stdout.trim() : null;
}

const COMMITS_KEPT = 1000;
const commitsRead = new Map<string, Commit>();

/** One commit by its full sha, or null when it is unknown; remembered, as commits never change. */
export async function readCommit(directory: string, sha: string): Promise<Commit | null> {
  const key = `${directory} ${sha}`;
  const known = commitsRead.get(key);
  if (known !== undefined) return known;
  const answer = await tryGit(directory, [...LOG, '--max-count=1', sha, '--']);
  const [commit] = answer.code === 0 ? parseCommits(answer.stdout) : [];
  if (commit === undefined) return null;
  if (commitsRead.size >= COMMITS_KEPT) commitsRead.clear();
  commitsRead.set(key, commit);
  return commit;
}

/** All refs by full name. */
export async function listRefs(directory: string): Promise<Record<string, string>> {
  const output = await git(directory, ['for-each-ref', '--format=%(objectname) %(refname)']);
  const rows = output.split('\n').filter(Boolean);
  return Object.fromEntries(rows.map((row) => [row.slice(41), row.slice(0, 40)]));
}

/** True when `older` is `newer` or one of its ancestors. */
export async function isAncestor(directory: string, older: string, newer: string) {
  return (await tryGit(directory, ['merge-base', '--is-ancestor', older, newer])).code === 0;
}

/** The best common ancestor of two commits, or an empty string when they share none. */
export async function findMergeBase(directory: string, a: string, b: string): Promise<string> {
  return (await tryGit(directory, ['merge-base', a, b])).stdout.trim();
}

const STATUS_OF_LETTER: Record<string, ChangedFile['status']> = { A: 'added', D: 'deleted' };

/** The files that differ between two commits, renames shown as a removal and an addition. */
export async function listChangedFiles(
  directory: string,
  from: string,
  to: string,
): Promise<ChangedFile[]> {
  const args = ['diff-tree', '-r', '--no-renames', '--raw', '--numstat', from, to];
  const lines = (await git(directory, args)).split('\n').map((line) => line.split('\t'));
  const letters = new Map<string, string>();
  for (const [head = '', path = ''] of lines) {
    if (head.startsWith(':')) letters.set(path, head.at(-1) ?? '');
  }
  return lines.flatMap(([additions, deletions, path]) =>
    path === undefined
      ? []
      : {
          path,
          status: STATUS_OF_LETTER[letters.get(path) ?? ''] ?? ('changed' as const),
          additions: Number(additions) || 0,
          deletions: Number(deletions) || 0,
        },
  );
}

/** What a name in a folder stands for; `commit` is a submodule. */
export interface TreeEntry {
  name: string;
  type: 'blob' | 'tree' | 'commit';
  sha: string;
}

/** The entries of a tree or a commit's top folder, in git's order. Throws GitError when there is no such tree. */
export async function listTree(directory: string, sha: string): Promise<TreeEntry[]> {
  const rows = (await git(directory, ['ls-tree', '-z', sha])).split('\0').filter(Boolean);
  return rows.map((row) => {
    const [facts = '', name = ''] = row.split('\t');
    const [, type, object = ''] = facts.split(' ');
    return { name, type: type as TreeEntry['type'], sha: object };
  });
}

/** What a commit holds at a path (`` = its top folder), or null when that is nothing. */
export async function readEntry(
  directory: string,
  commit: string,
  path: string,
): Promise<TreeEntry | null> {
  let entry: TreeEntry = { name: '', type: 'tree', sha: commit };
  for (const name of path.split('/').filter(Boolean)) {
    if (entry.type !== 'tree') return null;
    const inside = await listTree(directory, entry.sha);
    const found = inside.find((candidate) => candidate.name === name);
    if (found === undefined) return null;
    entry = found;
  }
  return entry;
}

/** True when a commit's tree holds a file at the path. */
export async function hasFile(directory: string, sha: string, path: string): Promise<boolean> {
  return (await tryGit(directory, ['cat-file', '-e', `${sha}:${path}`])).code === 0;
}
