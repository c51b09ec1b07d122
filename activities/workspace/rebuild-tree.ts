import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Sha } from '../../workflows/domain/ids.ts';
import type { Git } from '../git/git.ts';
import { writeOwnAttributes } from '../git/own-attributes.ts';
import type { Repository } from '../git/repository.ts';

/** What a fresh tree looks like. */
export interface TreeSpec {
  tree: string;
  head: Sha;
  /** what `origin/main` means inside the tree */
  baseSha: Sha;
  /** name of the branch that is checked out */
  branch: string;
}

/**
 * Makes the tree anew: nothing a former run left in it, in its git directory or beside its files survives. It borrows the
 * trusted repository's objects and knows no remote. Call it under the tree's lock.
 */
export async function rebuildTree(git: Git, repository: Repository, spec: TreeSpec): Promise<void> {
  const { tree, head, baseSha, branch } = spec;
  const gitDir = join(tree, '.git');
  await rm(tree, { recursive: true, force: true, maxRetries: 3 });
  await mkdir(tree, { recursive: true });
  await git(['init', '--quiet', '--template=', tree]);
  await writeOwnAttributes(gitDir);
  await writeFile(
    join(gitDir, 'objects/info/alternates'),
    `${join(repository.gitDir, 'objects')}\n`,
  );
  await git(['update-ref', 'refs/remotes/origin/main', baseSha], { gitDir });
  await git(['update-ref', `refs/heads/${branch}`, head], { gitDir });
  await git(['symbolic-ref', 'HEAD', `refs/heads/${branch}`], { gitDir });
  await git(['reset', '--quiet', '--hard', head], { gitDir, workTree: tree });
}
