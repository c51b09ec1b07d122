import { lstat, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * Removes the locks a killed git left in the repository of `tree`; nothing to do where there is none. Only when nothing works in
 * the tree. Follows no link: the tree is an agent's.
 */
export async function removeGitLocks(tree: string): Promise<void> {
  const gitDir = join(tree, '.git');
  if ((await lstat(gitDir).catch(() => null))?.isDirectory() !== true) return;
  await removeLocks(gitDir, false);
  const refs = join(gitDir, 'refs');
  if ((await lstat(refs).catch(() => null))?.isDirectory() === true) await removeLocks(refs, true);
}

async function removeLocks(folder: string, isDeep: boolean): Promise<void> {
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory() && isDeep) await removeLocks(path, true);
    else if (!entry.isDirectory() && entry.name.endsWith('.lock')) await rm(path, { force: true });
  }
}
