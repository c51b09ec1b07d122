import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import type { Socket } from 'node:net';
import { ToolError } from '../errors.ts';
import { RUN_MARKER } from './processes.ts';
import type { RunDirectory } from './run-directory.ts';
import type { RunCommand, RunSpec } from './runs.ts';

/*
 * Does nothing until told: our end of descriptor 3 closing, as it does when we die, ends it. `exec` keeps the pid, and
 * descriptor 4, which holds the lock of the tree, stays open in the command for its life.
 */
const WAIT_FOR_GO = [
  'read -r go <&3 || exit 76',
  'cd "$1" || exit 77',
  'shift',
  'exec "$@" 3>&-',
].join('\n');

/** A process that waits for its word. */
export interface HeldProcess {
  pid: number;
  ended: Promise<{ exitCode: number | null; signal: string | null }>;
  /** lets the command begin */
  go(): void;
  /** ends it before it began */
  drop(): Promise<void>;
}

/** Starts the run's process, which waits and shares the lock `lock` holds. Throws ToolError when it cannot be started. */
export async function spawnHeld(
  spec: Pick<RunSpec, 'cwd'> & RunCommand,
  directory: RunDirectory,
  lock: number,
): Promise<HeldProcess> {
  const child = openAndSpawn(spec, directory, lock);
  const exited = once(child, 'exit') as Promise<[number | null, NodeJS.Signals | null]>;
  exited.catch(() => undefined);
  if (child.pid === undefined) {
    const [error] = (await once(child, 'error')) as [Error];
    throw new ToolError(`cannot start a supervised process: ${error.message}`);
  }
  const gate = child.stdio[3] as Socket;
  gate.on('error', () => undefined);
  return {
    pid: child.pid,
    ended: exited.then(([exitCode, signal]) => ({ exitCode, signal })),
    go: () => void gate.end('go\n'),
    drop: async () => {
      gate.destroy();
      await exited;
    },
  };
}

function openAndSpawn(
  spec: Pick<RunSpec, 'cwd'> & RunCommand,
  directory: RunDirectory,
  lock: number,
): ChildProcess {
  const files = [
    openSync(spec.stdinPath ?? '/dev/null', 'r'),
    openSync(directory.stdoutPath, 'w'),
    openSync(directory.stderrPath, 'w'),
  ] as const;
  try {
    // Raw descriptors: through a pipe of ours the output would end with us.
    return spawn('sh', ['-c', WAIT_FOR_GO, 'supervised', spec.cwd, ...spec.argv], {
      cwd: directory.path,
      detached: true,
      env: { ...spec.env, [RUN_MARKER]: directory.path },
      stdio: [...files, 'pipe', lock],
    });
  } finally {
    for (const file of files) closeSync(file);
  }
}
