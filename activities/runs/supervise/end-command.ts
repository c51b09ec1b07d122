import { setTimeout as pause } from 'node:timers/promises';
import type { ProcessIdentity } from '../processes.ts';
import { findFirstInside, findGroup, findProcess, signalProcess } from '../processes.ts';
import type { RunDirectory } from '../run-directory.ts';
import { sweepRun } from '../sweep-run.ts';

/** How long a command may take to follow a polite signal before the next one, ms. */
export interface Grace {
  interruptMs: number;
  terminateMs: number;
}

/** Shipped grace: gone within 10 s of a STOP. Source: I10. */
export const GRACE: Grace = { interruptMs: 2000, terminateMs: 3000 };

const POLL_MS = 50;

/** Who leads a command: the init of its sandbox, or its process group. */
export interface Leaders {
  init: ProcessIdentity | null;
  leader: ProcessIdentity | null;
}

/**
 * Ends a command and everything it started: INT and TERM to the command, with `grace` (null = none), then KILL to whatever is
 * left. Returns when nothing is found any more, however long that takes.
 */
export async function endCommand(
  directory: RunDirectory,
  { init, leader }: Leaders,
  grace: Grace | null,
): Promise<void> {
  if (grace !== null) {
    await askToEnd({ init, leader }, 'SIGINT', grace.interruptMs);
    await askToEnd({ init, leader }, 'SIGTERM', grace.terminateMs);
  }
  if (leader !== null) signalGroup(leader, 'SIGKILL');
  await sweepRun(directory.path, init, null);
}

async function askToEnd(
  { init, leader }: Leaders,
  signal: NodeJS.Signals,
  waitMs: number,
): Promise<void> {
  const hasEnded = async (): Promise<boolean> => {
    if (init !== null) return (await findProcess(init)) !== 'alive';
    return leader === null || (await findGroup(leader.pid)).length === 0;
  };
  if (await hasEnded()) return;
  if (leader !== null) signalGroup(leader, signal);
  if (init !== null) {
    // bubblewrap hands nothing on: a signal to it would end it alone.
    const first = await findFirstInside(init.pid);
    if (first !== null) signalProcess(first, signal);
  }
  const deadline = Date.now() + waitMs;
  while (!(await hasEnded()) && Date.now() < deadline) await pause(POLL_MS);
}

/** Our child's number is not used again before we read how it ended, nor is its group's while anyone is in it. */
function signalGroup(leader: ProcessIdentity, signal: NodeJS.Signals): void {
  signalProcess(-leader.pid, signal);
}
