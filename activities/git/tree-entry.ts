import type { Stats } from 'node:fs';
import { lstat, readlink } from 'node:fs/promises';
import { dirname, join, posix } from 'node:path';
import { execa } from 'execa';
import { ToolError } from '../errors.ts';

/** What is at a path of a tree a stranger wrote. */
export type TreeEntry =
  /** nothing a commit could hold: a folder, or below what is no folder */
  | { kind: 'absent' }
  | { kind: 'file'; bytes: number; readable: boolean }
  | { kind: 'link'; target: string; bytes: number }
  /** a pipe, socket or device */
  | { kind: 'other' };

/** Looks at `path` in `tree` without following a link at any part of it. */
export async function readTreeEntry(tree: string, path: string): Promise<TreeEntry> {
  const parts = path.split('/');
  let found: Stats | null = null;
  for (let index = 1; index <= parts.length; index += 1) {
    if (found !== null && !found.isDirectory()) return { kind: 'absent' };
    found = await lstat(join(tree, ...parts.slice(0, index))).catch(() => null);
    if (found === null) return { kind: 'absent' };
  }
  return found === null ? { kind: 'absent' } : describe(join(tree, path), found);
}

async function describe(file: string, found: Stats): Promise<TreeEntry> {
  if (found.isDirectory()) return { kind: 'absent' };
  if (found.isSymbolicLink()) {
    const target = await readlink(file);
    return { kind: 'link', target, bytes: Buffer.byteLength(target) };
  }
  if (!found.isFile()) return { kind: 'other' };
  return { kind: 'file', bytes: found.size, readable: (found.mode & 0o400) !== 0 };
}

/**
 * Why a link at `path` of `tree` may not be kept, null = it may: it leads out of the tree or into its git directory, or does not go
 * straight. What goes up again after a name, or on through another link, ends where that one says, now or in a later commit.
 */
export async function refuseLink(
  tree: string,
  path: string,
  target: string,
): Promise<string | null> {
  if (leavesTree(path, target)) return 'a link out of the tree';
  const names = target.split('/').filter((name) => name !== '' && name !== '.');
  const down = names.slice(names.findLastIndex((name) => name === '..') + 1);
  const ups = names.length - down.length;
  const goesStraight = names.slice(0, ups).every((name) => name === '..');
  return goesStraight && !(await passesLink(join(tree, dirname(path), '../'.repeat(ups)), down))
    ? null
    : 'a link by way of others';
}

function leavesTree(path: string, target: string): boolean {
  if (posix.isAbsolute(target)) return true;
  const resolved = posix.normalize(posix.join(posix.dirname(path), target));
  return resolved.startsWith('../') || resolved === '..' || /(^|\/)\.git(\/|$)/i.test(resolved);
}

/** Whether one of `names` below `folder` is a link, but for the last: that one is judged by itself. */
async function passesLink(folder: string, names: readonly string[]): Promise<boolean> {
  for (let count = 1; count < names.length; count += 1) {
    const found = await lstat(join(folder, ...names.slice(0, count))).catch(() => null);
    if (found === null) return false;
    if (found.isSymbolicLink()) return true;
  }
  return false;
}

const CLEARING_MS = 60_000;

/**
 * Removes what would keep git from reading a tree to its end: pipes and the like, on which it waits for ever, and files of its own
 * above `largestBytes`, which it reads as a whole. Throws ToolError when it takes too long.
 */
export async function clearForGit(tree: string, largestBytes: number): Promise<void> {
  const special = ['-type', 'p', '-o', '-type', 's', '-o', '-type', 'b', '-o', '-type', 'c'];
  const own = ['(', '-name', '.gitignore', '-o', '-name', '.gitattributes', ')'];
  const large = [...own, '-type', 'f', '-size', `+${largestBytes}c`];
  const tests = ['(', ...special, '-o', '(', ...large, ')', ')'];
  const found = await execa('find', [tree, '-xdev', ...tests, '-delete'], {
    ...{ reject: false, timeout: CLEARING_MS, stdin: 'ignore', stdout: 'ignore', stderr: 'ignore' },
  });
  // A folder that cannot be read is an answer too: git does not read it either.
  if (found.timedOut) throw new ToolError(`${tree} cannot be searched`);
}
