import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { readFile, rename, writeFile } from 'node:fs/promises';
import { ToolError } from '../errors.ts';
import { parseRecord } from './parse-record.ts';

const BUSY = 75;

/**
 * Takes the flock on `path`, waiting up to `waitMs`, and answers with the descriptor that holds it, or null when another
 * process has it all the time. It is free again when the descriptor is closed or this process dies.
 */
export async function takeLock(path: string, waitMs: number): Promise<number | null> {
  const descriptor = openSync(path, 'a');
  try {
    const wait = waitMs === 0 ? ['--nonblock'] : ['--wait', String(waitMs / 1000)];
    const args = ['--exclusive', ...wait, '--conflict-exit-code', String(BUSY), '3'];
    const flock = spawn('flock', args, { stdio: ['ignore', 'ignore', 'ignore', descriptor] });
    const [code] = (await once(flock, 'exit')) as [number | null];
    if (code === 0) return descriptor;
    if (code !== BUSY) throw new ToolError(`cannot lock ${path}`);
  } catch (error) {
    closeSync(descriptor);
    throw error;
  }
  closeSync(descriptor);
  return null;
}

/** Waits for the flock on `path` to be free. `released` settles when it is, or after `cancel`; the wait dies with this process. */
export function awaitRelease(path: string): { released: Promise<void>; cancel: () => void } {
  const args = ['--pdeathsig', 'KILL', 'flock', '--no-fork', '--shared', path, 'true'];
  const waiter = spawn('setpriv', args, { stdio: 'ignore' });
  const released = once(waiter, 'exit').then(
    () => undefined,
    (error: unknown) => {
      throw new ToolError(`cannot wait for the lock ${path}: ${String(error)}`);
    },
  );
  return { released, cancel: () => void waiter.kill('SIGKILL') };
}

/** Who was let into a tree last: written under the tree's lock, before anything is changed there. */
export interface TreeToken {
  runId: string;
  continuation: number;
  launch: number;
  nonce: string;
}

/** Null = nobody was. */
export async function readToken(lockPath: string): Promise<TreeToken | null> {
  const text = await readFile(`${lockPath}.token`, 'utf8').catch(() => null);
  return text === null ? null : (parseRecord(text) as TreeToken | null);
}

/** Only under the tree's lock. */
export async function writeToken(lockPath: string, token: TreeToken): Promise<void> {
  await writeFile(`${lockPath}.token.tmp`, JSON.stringify(token));
  await rename(`${lockPath}.token.tmp`, `${lockPath}.token`);
}
