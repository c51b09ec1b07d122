import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ToolUse } from '../stream.ts';

const COMMANDS = [
  ['init', '-q'],
  ['add', 'inside.txt'],
  ['-c', 'user.name=agent', '-c', 'user.email=agent@localhost', 'commit', '-q', '-m', 'Inside'],
];

/** Makes a repository with one commit in `folder`: what the tree around it would take for a submodule. */
export function initRepository(folder: string): ToolUse {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'inside.txt'), 'a repository in a repository\n');
  const output = COMMANDS.map((args) => {
    const { stderr, error } = spawnSync('git', args, { cwd: folder, encoding: 'utf8' });
    return error ? error.message : stderr;
  }).join('');
  return { tool: 'Bash', input: { command: `git init ${folder}` }, output };
}
