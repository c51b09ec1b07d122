import type { Stats } from 'node:fs';
import { lstat, readlink } from 'node:fs/promises';
import { join, posix } from 'node:path';
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

/** Whether a link at `path` leads out of the tree, or into its git directory. */
export function leavesTree(path: string, target: string): boolean {
  if (posix.isAbsolute(target)) return true;
  const resolved = posix.normalize(posix.join(posix.dirname(path), target));
  return resolved.startsWith('../') || resolved === '..' || /(^|\/)\.git(\/|$)/i.test(resolved);
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
