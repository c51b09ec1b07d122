import { setTimeout as pause } from 'node:timers/promises';
import { ToolError } from '../errors.ts';
import { findGroup, findMarked, signalProcess } from './processes.ts';

/** How long a run may take to follow a polite signal before the next one, ms. */
export interface Grace {
  interruptMs: number;
  terminateMs: number;
}

/** Shipped grace: gone within 10 s of a STOP. Source: I10. */
export const GRACE: Grace = { interruptMs: 2000, terminateMs: 3000 };

const POLL_MS = 50;
const SWEEP_MS = 5000;

/**
 * Ends every process of the run in `directory`: INT, TERM and KILL to its group, then KILL to whatever left the group but carries its marker.
 * Throws ToolError when something still lives. A null group sweeps only.
 */
export async function endRun(
  directory: string,
  groupId: number | null,
  grace: Grace,
): Promise<void> {
  if (groupId !== null) await endGroup(groupId, grace);
  const deadline = Date.now() + SWEEP_MS;
  for (;;) {
    const left = await findMarked(directory);
    if (left.length === 0) return;
    if (Date.now() > deadline) {
      throw new ToolError(`processes of ${directory} do not end: ${left.join(', ')}`);
    }
    for (const pid of left) signalProcess(pid, 'SIGKILL');
    await pause(POLL_MS);
  }
}

async function endGroup(groupId: number, grace: Grace): Promise<void> {
  const ladder = [
    ['SIGINT', grace.interruptMs],
    ['SIGTERM', grace.terminateMs],
    ['SIGKILL', SWEEP_MS],
  ] as const;
  for (const [signal, waitMs] of ladder) {
    if ((await findGroup(groupId)).length === 0) return;
    signalProcess(-groupId, signal);
    if (await groupEnds(groupId, waitMs)) return;
  }
  throw new ToolError(`the process group ${groupId} does not end`);
}

async function groupEnds(groupId: number, waitMs: number): Promise<boolean> {
  const deadline = Date.now() + waitMs;
  while ((await findGroup(groupId)).length > 0) {
    if (Date.now() > deadline) return false;
    await pause(POLL_MS);
  }
  return true;
}
