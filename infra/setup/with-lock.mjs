import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { announce } from './run-step.mjs';
import { SetupProblem } from './setup-problem.mjs';

const TOLD_AFTER_MS = 300;

/**
 * Runs `work` while this process alone holds `lockFile`; another run waits and says so.
 * The kernel holds the lock through flock(1) reading our pipe: however we die, it is free, so none is ever stale.
 */
export async function withLock(lockFile, work) {
  mkdirSync(dirname(lockFile), { recursive: true });
  const holder = spawn('flock', [lockFile, 'sh', '-c', 'echo held; exec cat >/dev/null'], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const ended = once(holder, 'exit');
  let finishWaiting;
  const patience = setTimeout(() => {
    finishWaiting = announce(`waiting for another setup to finish (${lockFile})`);
  }, TOLD_AFTER_MS);
  const held = await Promise.race([
    once(holder.stdout, 'data').then(() => true),
    ended.then(() => false),
  ]);
  clearTimeout(patience);
  finishWaiting?.();
  if (!held) throw new SetupProblem(`cannot lock ${lockFile}`);
  try {
    return await work();
  } finally {
    holder.stdin.end();
    await ended;
  }
}
