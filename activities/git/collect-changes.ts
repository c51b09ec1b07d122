import type { Sha, TaskId } from '../../workflows/domain/ids.ts';
import { toSha } from '../../workflows/domain/ids.ts';
import type { Role } from '../../workflows/domain/stages.ts';
import { judgePath } from '../../workflows/domain/write-scope.ts';
import { putFiles } from './commits.ts';
import type { Repository } from './repository.ts';
import { withIndex } from './scratch-index.ts';
import { clearForGit, readTreeEntry, refuseLink } from './tree-entry.ts';
import type { TreeEntry } from './tree-entry.ts';

/** What a run left in its tree, seen from the commit it started at. */
export interface CollectInput {
  /** work tree of the run; only its files count, nothing of its own git directory is read */
  tree: string;
  start: Sha;
  role: Role;
  id: TaskId;
  /** documents of ours that go into the same commit, path -> text */
  ours: Readonly<Record<string, string>>;
}

const LARGEST_FILE_BYTES = 5 * 1024 * 1024;
const LARGEST_CHANGE_BYTES = 20 * 1024 * 1024;
const MOST_FILES = 5000;
const MOST_NAMED = 200;
const SUBMODULE = '160000';

/** One scratch index over the run's tree. */
interface Place {
  repository: Repository;
  indexFile: string;
  tree: string;
}

/** What becomes of the paths that differ: each is in one list, or has nothing to it. */
interface Sorted {
  removed: string[];
  added: string[];
  dropped: string[];
}

/**
 * The tree made of `start` and the changes the role may make, and the paths that were dropped, each with its reason. Whatever the
 * run left, it is either taken or dropped: nothing of it is followed, converted or run. Source: I18.
 */
export async function collectChanges(
  repository: Repository,
  input: CollectInput,
): Promise<{ tree: Sha; dropped: readonly string[] }> {
  await clearForGit(input.tree, LARGEST_FILE_BYTES);
  return withIndex(repository, input.start, async (indexFile) => {
    const place = { repository, indexFile, tree: input.tree };
    const modes = await listModes(place);
    const sorted = await sortChanges(await listChanges(place), { input, modes });
    dropMisplaced(sorted, modes.keys());
    await updateIndex(place, ['--force-remove'], sorted.removed);
    await updateIndex(place, ['--add'], sorted.added);
    await putFiles(repository, indexFile, input.ours);
    const tree = toSha(await repository.line(['write-tree'], { indexFile }));
    return { tree, dropped: nameSome(sorted.dropped.sort()) };
  });
}

/** Mode of each path of the start commit. */
async function listModes(place: Place): Promise<Map<string, string>> {
  const rows = await listFiles(place, '--stage');
  return new Map(
    rows.map((row): [string, string] => [
      row.slice(row.indexOf('\t') + 1),
      row.split(' ', 1)[0] ?? '',
    ]),
  );
}

/** Paths that differ from the index, ignored files left out. A repository inside the tree shows as one path with `/` at its end. */
async function listChanges(place: Place): Promise<string[]> {
  const changed = await listFiles(place, '--modified', '--deleted');
  const others = await listFiles(place, '--others', '--exclude-standard');
  return [...new Set([...changed, ...others])].sort();
}

async function listFiles(
  { repository, indexFile, tree }: Place,
  ...flags: string[]
): Promise<string[]> {
  const { stdout } = await repository.run(['ls-files', '-z', ...flags], {
    indexFile,
    workTree: tree,
  });
  return stdout.split('\0').filter((path) => path !== '');
}

async function sortChanges(
  paths: readonly string[],
  { input, modes }: { input: CollectInput; modes: ReadonlyMap<string, string> },
): Promise<Sorted> {
  const sorted: Sorted = { removed: [], added: [], dropped: [] };
  let bytes = 0;
  for (const path of paths) {
    if (Object.hasOwn(input.ours, path)) continue;
    const entry = await readTreeEntry(input.tree, path);
    const size = 'bytes' in entry ? entry.bytes : 0;
    const refusal =
      refusePath(path, input, modes.get(path)) ??
      (await refuseEntry(input.tree, path, entry)) ??
      refuseAmount({ bytes: bytes + size, files: sorted.added.length });
    if (refusal !== null) sorted.dropped.push(`${path} (${refusal})`);
    else if (entry.kind === 'absent') sorted.removed.push(path);
    else {
      bytes += size;
      sorted.added.push(path);
    }
  }
  return sorted;
}

function refuseAmount({ bytes, files }: { bytes: number; files: number }): string | null {
  if (bytes > LARGEST_CHANGE_BYTES) return 'more than 20 MB altogether';
  return files >= MOST_FILES ? `more than ${MOST_FILES} files` : null;
}

async function refuseEntry(tree: string, path: string, entry: TreeEntry): Promise<string | null> {
  switch (entry.kind) {
    case 'absent':
      return null;
    case 'other':
      return 'not a file';
    case 'link':
      return refuseLink(tree, path, entry.target);
    case 'file':
      if (entry.bytes > LARGEST_FILE_BYTES) return 'larger than 5 MB';
      return entry.readable ? null : 'not readable';
  }
}

function refusePath(path: string, input: CollectInput, mode: string | undefined): string | null {
  if (path.endsWith('/')) return 'a repository inside the tree';
  if (mode === SUBMODULE) return 'a submodule';
  // What git says of other bytes names no file.
  if (path.includes('\uFFFD')) return 'a name that is not UTF-8';
  const scope = judgePath(path, input);
  if (scope === 'allowed') return null;
  return scope === 'protected' ? 'protected' : 'outside the write scope';
}

/** An index has no file and folder of one name: taking one in would silently remove the other, whoever may write that. */
function dropMisplaced(sorted: Sorted, known: Iterable<string>): void {
  const removed = new Set(sorted.removed);
  const stays = new Set([...known].filter((path) => !removed.has(path)));
  const folders = new Set([...stays].flatMap(foldersOf));
  const isMisplaced = (path: string) =>
    folders.has(path) || foldersOf(path).some((folder) => stays.has(folder));
  sorted.dropped.push(
    ...sorted.added.filter(isMisplaced).map((path) => `${path} (in the place of what stays)`),
  );
  sorted.added = sorted.added.filter((path) => !isMisplaced(path));
}

function foldersOf(path: string): string[] {
  const parts = path.split('/').slice(0, -1);
  return parts.map((_, index) => parts.slice(0, index + 1).join('/'));
}

async function updateIndex(
  { repository, indexFile, tree }: Place,
  flags: readonly string[],
  paths: readonly string[],
): Promise<void> {
  await repository.run(['update-index', ...flags, '-z', '--stdin'], {
    indexFile,
    workTree: tree,
    input: paths.map((path) => `${path}\0`).join(''),
  });
}

/** The list is read by people and kept in histories. */
function nameSome(dropped: readonly string[]): string[] {
  const rest = dropped.length - MOST_NAMED;
  return rest <= 0 ? [...dropped] : [...dropped.slice(0, MOST_NAMED), `and ${rest} more`];
}
