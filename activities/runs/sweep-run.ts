import { setTimeout as pause } from 'node:timers/promises';
import { ToolError } from '../errors.ts';
import type { ProcessIdentity } from './processes.ts';
import { findMarked, findProcess, signalProcess } from './processes.ts';

const POLL_MS = 50;
const LONGEST_POLL_MS = 1000;

/**
 * Ends what is left of the run in `directory`: the init of its sandbox, which takes everything inside along, and every process
 * that carries its marker. Returns when none is found. Throws ToolError when that is not so by `deadline` (epoch ms, null = none).
 */
export async function sweepRun(
  directory: string,
  init: ProcessIdentity | null,
  deadline: number | null,
): Promise<void> {
  for (let pollMs = POLL_MS; ; pollMs = Math.min(2 * pollMs, LONGEST_POLL_MS)) {
    const left = await findMarked(directory);
    if (init !== null && (await findProcess(init)) === 'alive') left.push(init.pid);
    if (left.length === 0) return;
    if (deadline !== null && Date.now() > deadline) {
      throw new ToolError(`processes of ${directory} do not end: ${left.join(', ')}`);
    }
    for (const pid of left) signalProcess(pid, 'SIGKILL');
    await pause(pollMs);
  }
}
