import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { ToolError } from './errors.ts';

const BUSY = 75;

/**
 * Runs `work` while holding the exclusive flock on the file `path`, waiting for it first. The lock is held by a small
 * process that ends when this one does, however it does. Aborting `signal` ends the wait and throws its reason.
 */
export async function withFileLock<T>(
  path: string,
  signal: AbortSignal,
  work: () => Promise<T>,
): Promise<T> {
  signal.throwIfAborted();
  const args = ['--no-fork', '--exclusive', path, 'sh', '-c', 'echo held; exec cat >&2'];
  // Its own session: a Ctrl-C meant for us must not drop the lock while we are still finishing.
  const holder = spawn('flock', args, { detached: true, stdio: ['pipe', 'pipe', 'ignore'] });
  const giveUp = (): void => void holder.kill('SIGKILL');
  signal.addEventListener('abort', giveUp, { once: true });
  try {
    const held = await Promise.race([
      once(holder.stdout, 'data').then(() => true),
      once(holder, 'exit').then(() => false),
    ]);
    signal.throwIfAborted();
    if (!held) throw new ToolError(`cannot lock ${path}`);
    signal.removeEventListener('abort', giveUp);
    return await work();
  } finally {
    signal.removeEventListener('abort', giveUp);
    await release(holder);
  }
}

async function release(holder: ReturnType<typeof spawn>): Promise<void> {
  if (holder.exitCode !== null || holder.signalCode !== null || holder.pid === undefined) return;
  const gone = once(holder, 'exit');
  holder.stdin?.end();
  await gone;
}

/** Whether the flock on the file `path` is free, after waiting up to `waitMs` for that. */
export async function lockIsFree(path: string, waitMs: number): Promise<boolean> {
  const wait = waitMs === 0 ? ['--nonblock'] : ['--wait', String(waitMs / 1000)];
  const args = ['--shared', ...wait, '--conflict-exit-code', String(BUSY), path, 'true'];
  const probe = spawn('flock', args, { stdio: 'ignore' });
  const [code] = (await once(probe, 'exit')) as [number | null];
  if (code !== 0 && code !== BUSY) throw new ToolError(`cannot look at the lock ${path}`);
  return code === 0;
}
