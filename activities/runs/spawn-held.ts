import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import type { Socket } from 'node:net';
import { ToolError } from '../errors.ts';
import { RUN_MARKER } from './processes.ts';
import type { RunDirectory } from './run-directory.ts';
import type { RunSpec } from './runs.ts';

const LOCK_BUSY = 75;

/*
 * Holds the lock and does nothing until told: our end of descriptor 3 closing, as it does when we die, ends it.
 * `exec` keeps pid and lock, so the command itself holds the lock for its life.
 */
const WAIT_FOR_GO = [
  'printf locked >&3',
  'read -r go <&3 || exit 76',
  'cd "$1" || exit 77',
  'shift',
  'exec "$@" 3>&-',
].join('\n');

/** A process that holds the lock of a tree and waits for its word. */
export interface HeldProcess {
  pid: number;
  ended: Promise<{ exitCode: number | null; signal: string | null }>;
  /** lets the command begin */
  go(): void;
  /** ends it before it began */
  drop(): Promise<void>;
}

/** Starts the run's process up to the lock; null when another process holds it. Throws ToolError when it cannot be started. */
export async function spawnHeld(
  spec: RunSpec,
  directory: RunDirectory,
): Promise<HeldProcess | null> {
  const child = openAndSpawn(spec, directory);
  const exited = once(child, 'exit') as Promise<[number | null, NodeJS.Signals | null]>;
  const failed = once(child, 'error').then(([error]) => {
    throw new ToolError(`cannot start a supervised process: ${String(error)}`);
  });
  failed.catch(() => undefined);
  const gate = child.stdio[3] as Socket;
  gate.on('error', () => undefined);
  const first = await Promise.race([
    once(gate, 'data').then(() => 'locked' as const),
    exited.then(([code]) => code),
    failed,
  ]);
  if (first === LOCK_BUSY) return null;
  if (first !== 'locked' || child.pid === undefined) {
    throw new ToolError(`the supervised process ended at once with exit code ${String(first)}`);
  }
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

function openAndSpawn(spec: RunSpec, directory: RunDirectory): ChildProcess {
  const files = [
    openSync(spec.stdinPath ?? '/dev/null', 'r'),
    openSync(directory.stdoutPath, 'w'),
    openSync(directory.stderrPath, 'w'),
  ] as const;
  const flock = ['--nonblock', '--conflict-exit-code', String(LOCK_BUSY), '--no-fork'];
  const shell = ['sh', '-c', WAIT_FOR_GO, 'supervised', spec.cwd];
  try {
    // Raw descriptors: through a pipe of ours the output would end with us.
    return spawn('flock', [...flock, spec.lockPath, ...shell, ...spec.argv], {
      cwd: directory.path,
      detached: true,
      env: { ...spec.env, [RUN_MARKER]: spec.runId },
      stdio: [...files, 'pipe'],
    });
  } finally {
    for (const file of files) closeSync(file);
  }
}
