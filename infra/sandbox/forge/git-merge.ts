import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { git, tryGit, type GitAnswer } from './git.ts';

/** What a merge is made of; `head` and `base` are commits. */
export interface MergeParts {
  base: string;
  head: string;
  message: string;
  author: { name: string; email: string };
}

/** Either the commit the base branch becomes, or the conflict that prevents it. */
export type MergeResult = { kind: 'made'; sha: string } | { kind: 'conflict'; answer: GitAnswer };

const signature = ({ name, email }: MergeParts['author']) => ({
  GIT_AUTHOR_NAME: name,
  GIT_AUTHOR_EMAIL: email,
  GIT_COMMITTER_NAME: name,
  GIT_COMMITTER_EMAIL: email,
});

/** Merges two commits in memory; exit code 0 is clean with the tree on the first line, 1 is a conflict. */
export async function mergeTrees(directory: string, base: string, head: string) {
  return await tryGit(directory, ['merge-tree', '--write-tree', '--name-only', base, head]);
}

async function commitMergedTree(
  directory: string,
  parts: MergeParts,
  parents: readonly string[],
): Promise<MergeResult> {
  const answer = await mergeTrees(directory, parts.base, parts.head);
  if (answer.code !== 0) return { kind: 'conflict', answer };
  const tree = answer.stdout.split('\n')[0] ?? '';
  const parentArgs = parents.flatMap((parent) => ['-p', parent]);
  const args = ['commit-tree', tree, ...parentArgs, '-m', parts.message];
  return { kind: 'made', sha: await git(directory, args, signature(parts.author)) };
}

/** Makes a merge commit of base and head. */
export async function makeMergeCommit(directory: string, parts: MergeParts): Promise<MergeResult> {
  return await commitMergedTree(directory, parts, [parts.base, parts.head]);
}

/** Makes one commit on base that carries all of head's changes. */
export async function makeSquashCommit(directory: string, parts: MergeParts): Promise<MergeResult> {
  return await commitMergedTree(directory, parts, [parts.base]);
}

/** Replays head's commits on base, in a temporary work tree of the bare repository. */
export async function makeRebasedCommits(
  directory: string,
  parts: MergeParts,
): Promise<MergeResult> {
  const workTree = await mkdtemp(join(tmpdir(), 'forge-rebase-'));
  try {
    await git(directory, ['worktree', 'add', '--quiet', '--detach', workTree, parts.head]);
    const answer = await tryGit(workTree, ['rebase', '--quiet', parts.base], {
      GIT_COMMITTER_NAME: parts.author.name,
      GIT_COMMITTER_EMAIL: parts.author.email,
    });
    if (answer.code !== 0) return { kind: 'conflict', answer };
    return { kind: 'made', sha: await git(workTree, ['rev-parse', 'HEAD']) };
  } finally {
    await tryGit(directory, ['worktree', 'remove', '--force', workTree]);
    await rm(workTree, { recursive: true, force: true });
  }
}

/** Moves a ref from `from` to `to` or leaves it alone: git's own compare-and-swap. */
export async function swapRef(
  directory: string,
  move: { ref: string; from: string; to: string },
): Promise<GitAnswer> {
  return await tryGit(directory, ['update-ref', move.ref, move.to, move.from]);
}
