import { lstat, readlink } from 'node:fs/promises';
import { join, posix } from 'node:path';
import type { Sha, TaskId } from '../../workflows/domain/ids.ts';
import { toSha } from '../../workflows/domain/ids.ts';
import type { Role } from '../../workflows/domain/stages.ts';
import { judgePath } from '../../workflows/domain/write-scope.ts';
import { putFiles } from './commits.ts';
import type { Repository } from './repository.ts';
import { withIndex } from './scratch-index.ts';

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

/** The tree made of `start` and the changes the role may make, and the paths that were dropped, each with its reason. */
export async function collectChanges(
  repository: Repository,
  input: CollectInput,
): Promise<{ tree: Sha; dropped: readonly string[] }> {
  return withIndex(repository, input.start, async (indexFile) => {
    const kept: string[] = [];
    const dropped: string[] = [];
    for (const path of await listChanges(repository, { indexFile, tree: input.tree })) {
      if (Object.hasOwn(input.ours, path)) continue;
      const refusal = await findRefusal(path, input);
      if (refusal === null) kept.push(path);
      else dropped.push(`${path} (${refusal})`);
    }
    await repository.run(['update-index', '--add', '--remove', '--replace', '-z', '--stdin'], {
      indexFile,
      workTree: input.tree,
      input: kept.map((path) => `${path}\0`).join(''),
    });
    await putFiles(repository, indexFile, input.ours);
    return { tree: toSha(await repository.line(['write-tree'], { indexFile })), dropped };
  });
}

/** Paths that differ from the index, ignored files left out. A repository inside the tree shows as one path with `/` at its end. */
async function listChanges(
  repository: Repository,
  { indexFile, tree }: { indexFile: string; tree: string },
): Promise<string[]> {
  const list = async (...flags: string[]) =>
    (await repository.run(['ls-files', '-z', ...flags], { indexFile, workTree: tree })).stdout
      .split('\0')
      .filter((path) => path !== '');
  const changed = await list('--modified', '--deleted');
  const added = await list('--others', '--exclude-standard');
  return [...new Set([...changed, ...added])].sort();
}

async function findRefusal(path: string, input: CollectInput): Promise<string | null> {
  if (path.endsWith('/')) return 'a repository inside the tree';
  const scope = judgePath(path, input);
  if (scope !== 'allowed') return scope === 'protected' ? 'protected' : 'outside the write scope';
  const found = await lstat(join(input.tree, path)).catch(() => null);
  if (found === null) return null;
  if (found.isSymbolicLink()) {
    return leavesTree(path, await readlink(join(input.tree, path)))
      ? 'a link out of the tree'
      : null;
  }
  if (!found.isFile()) return found.isDirectory() ? null : 'not a file';
  return found.size > LARGEST_FILE_BYTES ? 'larger than 5 MB' : null;
}

function leavesTree(path: string, target: string): boolean {
  if (posix.isAbsolute(target)) return true;
  const resolved = posix.normalize(posix.join(posix.dirname(path), target));
  return resolved.startsWith('../') || resolved === '..' || /(^|\/)\.git(\/|$)/i.test(resolved);
}
