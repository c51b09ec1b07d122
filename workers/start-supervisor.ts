import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import type { RunDirectory } from '../activities/runs/run-directory.ts';
import type { Launch, LaunchAnswer } from '../activities/runs/supervise/launch.ts';
import type { RunnerConfig } from './config.ts';

const SUPERVISOR = fileURLToPath(new URL('supervisor.ts', import.meta.url));
/** Small heaps: there is one such process a run. */
const NODE_FLAGS = ['--max-semi-space-size=1', '--max-old-space-size=64'];
const RUN_LOCK_SECONDS = 5;
const TREE_LOCK_SECONDS = 10;
const BUSY = 75;

/** Starts a supervisor under both locks, as a process of its own that owes us nothing, and waits for what it says. */
export async function startSupervisor(
  { dataDir, path }: Pick<RunnerConfig, 'dataDir' | 'path'>,
  directory: RunDirectory,
  launch: Launch,
): Promise<LaunchAnswer> {
  await directory.create();
  const supervisor = spawnLocked(directory, {
    lockPath: launch.spec.lockPath,
    // Reading TypeScript costs memory; what was read once comes from the cache.
    env: { PATH: path, NODE_COMPILE_CACHE: join(dataDir, 'compile-cache') },
  });
  supervisor.unref();
  const stdin = supervisor.stdin as Writable;
  stdin.on('error', () => undefined);
  stdin.end(JSON.stringify(launch));
  return readAnswer(supervisor);
}

function spawnLocked(
  directory: RunDirectory,
  { lockPath, env }: { lockPath: string; env: Record<string, string> },
): ChildProcess {
  const [flock = '', ...args] = [
    ...lockedBy(directory.lockPath, RUN_LOCK_SECONDS),
    ...lockedBy(lockPath, TREE_LOCK_SECONDS),
    ...[process.execPath, ...NODE_FLAGS, SUPERVISOR, directory.path],
  ];
  const log = openSync(join(directory.path, 'supervisor.log'), 'a', 0o600);
  try {
    return spawn(flock, args, { cwd: '/', detached: true, env, stdio: ['pipe', 'pipe', log] });
  } finally {
    closeSync(log);
  }
}

const lockedBy = (path: string, seconds: number): string[] => [
  ...['flock', '--no-fork', '--exclusive', '--wait', String(seconds)],
  ...['--conflict-exit-code', String(BUSY), path],
];

async function readAnswer(supervisor: ChildProcess): Promise<LaunchAnswer> {
  const stdout = supervisor.stdout as Readable;
  const lines = createInterface({ input: stdout });
  const answer = await Promise.race([
    once(lines, 'line').then(([line]) => JSON.parse(String(line)) as LaunchAnswer),
    new Promise<LaunchAnswer>((resolve) => {
      supervisor.once('close', (code) => {
        resolve(describeSilence(code));
      });
      supervisor.once('error', ({ message: reason }) => {
        resolve({ kind: 'failed', reason });
      });
    }),
  ]);
  lines.close();
  stdout.destroy();
  return answer;
}

const describeSilence = (code: number | null): LaunchAnswer =>
  code === BUSY
    ? { kind: 'refused', reason: 'the run or its tree is held' }
    : {
        kind: 'failed',
        reason: `its supervisor ended with code ${String(code)}, see supervisor.log`,
      };
