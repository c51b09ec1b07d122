import { closeSync } from 'node:fs';
import { ToolError } from '../errors.ts';
import { lockIsFree } from '../file-lock.ts';
import { takeLock } from './locks.ts';
import type { ProcessIdentity } from './processes.ts';
import { findProcess, signalProcess } from './processes.ts';
import type { RunDirectory, RunStarted, RunStop } from './run-directory.ts';
import { sweepRun } from './sweep-run.ts';

/** The whole of an ending stays within 10 s. Source: I10. */
const POLITE_MS = 7000;
const FORCED_MS = 1500;
const RECORD_MS = 500;
const WHOLE_MS = 8000;

/** Bars the launches of a run, known or not, for good or up to a continuation; a weaker bar changes nothing. One call a run at a time. */
export async function barRun(directory: RunDirectory, stop: RunStop): Promise<void> {
  await directory.create();
  const before = await directory.read('stop.json');
  if (before === null || reachOf(before) < reachOf(stop)) await directory.write('stop.json', stop);
}

const reachOf = ({ through }: RunStop): number => through ?? Infinity;

/**
 * Ends what lives of a run that was barred, and records that it was killed when it had no end yet. For a run nobody knows too.
 * Throws ToolError when something of it still lives after 9 s. Safe to repeat.
 */
export async function endRun(directory: RunDirectory, reason: string): Promise<void> {
  const deadline = Date.now() + WHOLE_MS;
  do {
    await endProcesses(directory);
    if (await recordKilled(directory, reason)) return;
  } while (Date.now() < deadline);
  throw new ToolError(`run ${directory.runId} is started again and again`);
}

/**
 * Ends what lives of a run and records nothing: without a stop request it goes on when somebody asks for it again. Throws
 * ToolError when something still lives after 9 s.
 */
export async function endProcesses(directory: RunDirectory): Promise<void> {
  const { path, lockPath } = directory;
  if (!(await lockIsFree(lockPath, 0))) {
    await signalSupervisor(directory, 'SIGTERM');
    if (!(await lockIsFree(lockPath, POLITE_MS))) {
      await signalSupervisor(directory, 'SIGKILL');
      if (!(await lockIsFree(lockPath, FORCED_MS))) {
        throw new ToolError(`the supervisor of run ${directory.runId} does not end`);
      }
    }
  }
  const started = await directory.read('started.json');
  await sweepRun(path, started?.init ?? null, Date.now() + FORCED_MS);
}

async function signalSupervisor(directory: RunDirectory, signal: NodeJS.Signals): Promise<void> {
  const supervisor = (await directory.read('started.json'))?.supervisor ?? null;
  if (supervisor !== null && (await isOurs(supervisor))) signalProcess(supervisor.pid, signal);
}

const isOurs = async (identity: ProcessIdentity): Promise<boolean> =>
  (await findProcess(identity)) === 'alive';

/** Under the lock of the run. False = a supervisor that comes late holds it, and will find the stop request. */
async function recordKilled(directory: RunDirectory, reason: string): Promise<boolean> {
  const lock = await takeLock(directory.lockPath, RECORD_MS);
  if (lock === null) return false;
  try {
    const continuation = (await directory.read('spec.json'))?.continuation;
    if (continuation === undefined || (await directory.hasEnded(continuation))) return true;
    const newest = await directory.read('started.json');
    const isOfIt = newest?.continuation === continuation;
    const exit = isOfIt ? await describeLaunched(directory, newest) : NEVER_LAUNCHED();
    await directory.write('exit.json', { ...KILLED, ...exit, continuation, killed: reason });
    return true;
  } finally {
    closeSync(lock);
  }
}

const KILLED = {
  exitCode: null,
  signal: 'SIGKILL',
  timedOut: false,
  stdout: { bytes: 0, sha256: '', cutLines: 0, droppedBytes: 0 },
} as const;

const NEVER_LAUNCHED = () => {
  const now = new Date().toISOString();
  const lastLaunch = { stdoutFrom: 0, stderrFrom: 0 };
  const never = { workedMs: 0, launches: 0, stdoutFrom: 0, lastLaunch, leaks: [] };
  return { ...never, startedAt: now, endedAt: now };
};

async function describeLaunched(directory: RunDirectory, started: RunStarted) {
  const { startedAt, stdoutFrom, lastLaunch, leaks, launch: launches } = started;
  const workedMs = await directory.readWorkedMs(started);
  const endedAt = new Date().toISOString();
  return { startedAt, endedAt, workedMs, launches, stdoutFrom, lastLaunch, leaks };
}
