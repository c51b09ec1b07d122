import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { ToolError } from '../errors.ts';

const BUSY = 75;

/**
 * Takes the flock on `path` and answers with the descriptor that holds it, or null when another process has it. Every process
 * the descriptor is handed to keeps the lock too: it is free when the last of them, and this one, closed it or died.
 */
export async function takeTreeLock(path: string): Promise<number | null> {
  const descriptor = openSync(path, 'a');
  try {
    const args = ['--exclusive', '--nonblock', '--conflict-exit-code', String(BUSY), '3'];
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
