import { closeSync } from 'node:fs';
import { mkdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { ToolError } from '../errors.ts';
import type { Grace } from './end-run.ts';
import { endRun, GRACE } from './end-run.ts';
import { findGroup, readBootId, readProcess } from './processes.ts';
import type { RunOwner } from './run-directory.ts';
import { RunDirectory } from './run-directory.ts';
import type { RunExit, RunOptions, Runs, RunSpec } from './runs.ts';
import type { HeldProcess } from './spawn-held.ts';
import { spawnHeld } from './spawn-held.ts';
import { takeTreeLock } from './tree-lock.ts';

const HEARTBEAT_MS = 2000;
const LOCK_WAIT_MS = 10_000;
const LOCK_POLL_MS = 100;

/** Runs as detached process groups of this worker. They do not outlive it for long: the next attempt ends what a dead worker left. */
export function createLocalRuns(dataDir: string, grace: Grace = GRACE): Runs {
  const directoryOf = (runId: string) => new RunDirectory(join(dataDir, 'runs'), runId);
  return {
    run: async (spec, options) => {
      const directory = directoryOf(spec.runId);
      await directory.create();
      const done = await directory.readExit();
      const isOver = done !== null && done.continuation >= spec.continuation;
      const exit = isOver ? done : await runOnce({ directory, spec, options, grace });
      const lines = (await readFile(exit.stdoutPath, 'utf8')).split('\n');
      for (const line of lines) if (line !== '') options.onLine?.(line);
      return exit;
    },
    kill: (runId) => endRun(directoryOf(runId).path, null, grace),
    read: (runId) => directoryOf(runId).readExit(),
    discard: (runId) => directoryOf(runId).removeExit(),
    directoryOf: (runId) => directoryOf(runId).path,
  };
}

interface Attempt {
  directory: RunDirectory;
  spec: RunSpec;
  options: RunOptions;
  grace: Grace;
}

const signalOf = ({ options }: Attempt) => AbortSignal.any([options.cancel, options.detach]);

/** A command that has begun; `number` says which attempt owns the run. */
interface Begun {
  held: HeldProcess;
  number: number;
  startedAt: Date;
}

async function runOnce(attempt: Attempt): Promise<RunExit> {
  const { options } = attempt;
  const signal = signalOf(attempt);
  const beat = setInterval(options.onHeartbeat, HEARTBEAT_MS);
  try {
    signal.throwIfAborted();
    const number = await takeOver(attempt);
    const lock = await takeTree(attempt);
    try {
      return await supervise(attempt, await begin(attempt, { lock, number }));
    } finally {
      closeSync(lock);
    }
  } finally {
    clearInterval(beat);
  }
}

/** Makes this attempt the owner of the run, so that one that still lives records nothing, and ends what the last one left. */
async function takeOver({ directory, grace }: Attempt): Promise<number> {
  const before = await directory.readOwner();
  const number = (before?.attempt ?? 0) + 1;
  if (before !== null) await directory.writeOwner({ ...before, attempt: number });
  await endRun(directory.path, before && (await groupOf(before)), grace);
  return number;
}

/** The group a recorded process leads, null when the number means another process by now. */
async function groupOf(owner: RunOwner): Promise<number | null> {
  if (owner.bootId !== (await readBootId())) return null;
  const leader = await readProcess(owner.pid);
  if (leader !== null) return leader.startTicks === owner.startTicks ? owner.pid : null;
  // The leader is gone; what is left of its session still carries its number.
  const group = await findGroup(owner.pid);
  return group.some(({ sessionId }) => sessionId === owner.pid) ? owner.pid : null;
}

async function takeTree(attempt: Attempt): Promise<number> {
  const { spec } = attempt;
  await mkdir(dirname(spec.lockPath), { recursive: true });
  const deadline = Date.now() + LOCK_WAIT_MS;
  for (;;) {
    signalOf(attempt).throwIfAborted();
    const lock = await takeTreeLock(spec.lockPath);
    if (lock !== null) return lock;
    if (Date.now() > deadline) {
      throw new ToolError(`another process works in the tree of ${spec.lockPath}`);
    }
    await pause(LOCK_POLL_MS);
  }
}

async function begin(
  attempt: Attempt,
  { lock, number }: { lock: number; number: number },
): Promise<Begun> {
  const { directory, spec, options } = attempt;
  const command = await options.prepare('start');
  signalOf(attempt).throwIfAborted();
  const held = await spawnHeld({ ...spec, ...command }, directory, lock);
  try {
    const leader = await readProcess(held.pid);
    if (leader === null) throw new ToolError('the supervised process ended before it began');
    const { startTicks } = leader;
    const bootId = await readBootId();
    await directory.writeOwner({ pid: held.pid, startTicks, bootId, attempt: number });
  } catch (error) {
    await held.drop();
    throw error;
  }
  const startedAt = new Date();
  held.go();
  return { held, number, startedAt };
}

async function supervise(attempt: Attempt, begun: Begun): Promise<RunExit> {
  const { directory, spec, grace } = attempt;
  const { held, number, startedAt } = begun;
  const end = await awaitEnd(attempt, held);
  await endRun(directory.path, held.pid, end === 'by itself' ? NO_GRACE : grace);
  if (end === 'aborted') throw signalOf(attempt).reason;
  const { exitCode, signal } = await held.ended;
  if ((await directory.readOwner())?.attempt !== number) {
    throw new ToolError(`another attempt took run ${spec.runId} over`);
  }
  const exit = {
    exitCode,
    signal,
    timedOut: end === 'timed out',
    killed: null,
    startedAt: startedAt.toISOString(),
    endedAt: new Date().toISOString(),
    workedMs: Date.now() - startedAt.getTime(),
    launches: 1,
    continuation: spec.continuation,
    stdoutFrom: 0,
    lastLaunch: { stdoutFrom: 0, stderrFrom: 0 },
    stdout: { bytes: 0, sha256: '', cutLines: 0, droppedBytes: 0 },
    leaks: [],
  };
  await directory.writeExit(exit);
  return { ...exit, stdoutPath: directory.stdoutPath, stderrPath: directory.stderrPath };
}

/** What a command leaves behind when it ended by itself gets no grace. Source: ORCH-110. */
const NO_GRACE: Grace = { interruptMs: 0, terminateMs: 0 };

async function awaitEnd(
  attempt: Attempt,
  held: HeldProcess,
): Promise<'by itself' | 'timed out' | 'aborted'> {
  const watch = new AbortController();
  const { signal } = watch;
  const asked = signalOf(attempt);
  const timedOut = pause(attempt.spec.timeoutMs, 'timed out' as const, { signal });
  const aborted = new Promise<'aborted'>((resolve) => {
    const abort = () => {
      resolve('aborted');
    };
    asked.addEventListener('abort', abort, { once: true, signal });
    if (asked.aborted) abort();
  });
  timedOut.catch(() => undefined);
  try {
    return await Promise.race([held.ended.then(() => 'by itself' as const), timedOut, aborted]);
  } finally {
    watch.abort();
  }
}
