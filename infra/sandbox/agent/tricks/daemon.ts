import { spawnSync } from 'node:child_process';
import type { ToolUse } from '../stream.ts';

const LIFE_SECONDS = 600;

/** Leaves a process behind that has a session and a parent of its own, ignores every polite signal and holds both outputs open. */
export function leaveDaemon(): ToolUse {
  const command = `trap '' TERM INT HUP; setsid sleep ${LIFE_SECONDS} <&- & echo $!`;
  // Not by a pipe of ours: the daemon would hold it open, and this call would wait for it.
  const { error } = spawnSync('sh', ['-c', `${command} >&2`], {
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  return { tool: 'Bash', input: { command }, output: error ? error.message : 'started' };
}
