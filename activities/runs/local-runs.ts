import { mkdir } from 'node:fs/promises';
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

const HEARTBEAT_MS = 2000;
const LOCK_WAIT_MS = 10_000;
const LOCK_POLL_MS = 100;

/** Runs as detached process groups of this worker. They do not outlive it: the next attempt ends what a dead worker left. */
export function createLocalRuns(dataDir: string, grace: Grace = GRACE): Runs {
  const directoryOf = (runId: string) => new RunDirectory(join(dataDir, 'runs'), runId);
  return {
    run: async (spec, options) => {
      const directory = directoryOf(spec.runId);
      await directory.create();
      return (await directory.readExit()) ?? (await runOnce(directory, { spec, options, grace }));
    },
    read: (runId) => directoryOf(runId).readExit(),
    discard: (runId) => directoryOf(runId).removeExit(),
    directoryOf: (runId) => directoryOf(runId).path,
  };
}

interface Attempt {
  spec: RunSpec;
  options: RunOptions;
  grace: Grace;
}

async function runOnce(directory: RunDirectory, attempt: Attempt): Promise<RunExit> {
  const { spec, options, grace } = attempt;
  const beat = setInterval(options.onHeartbeat, HEARTBEAT_MS);
  try {
    options.signal.throwIfAborted();
    const before = await directory.readOwner();
    await endRun(spec.runId, before && (await groupOf(before)), grace);
    const held = await takeTree(directory, attempt);
    const started = await begin(directory, { held, attempt, number: (before?.attempt ?? 0) + 1 });
    return await supervise(directory, { held, attempt, started });
  } finally {
    clearInterval(beat);
  }
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

async function takeTree(directory: RunDirectory, { spec, options }: Attempt): Promise<HeldProcess> {
  await mkdir(dirname(spec.lockPath), { recursive: true });
  const deadline = Date.now() + LOCK_WAIT_MS;
  for (;;) {
    options.signal.throwIfAborted();
    const held = await spawnHeld(spec, directory);
    if (held !== null) return held;
    if (Date.now() > deadline) {
      throw new ToolError(`another process works in the tree of ${spec.lockPath}`);
    }
    await pause(LOCK_POLL_MS);
  }
}

async function begin(
  directory: RunDirectory,
  { held, attempt, number }: { held: HeldProcess; attempt: Attempt; number: number },
): Promise<Date> {
  try {
    await attempt.options.prepare();
    attempt.options.signal.throwIfAborted();
    const leader = await readProcess(held.pid);
    if (leader === null) throw new ToolError('the supervised process ended before it began');
    await directory.writeOwner({
      pid: held.pid,
      startTicks: leader.startTicks,
      bootId: await readBootId(),
      attempt: number,
    });
  } catch (error) {
    await held.drop();
    throw error;
  }
  const started = new Date();
  held.go();
  return started;
}

async function supervise(
  directory: RunDirectory,
  { held, attempt, started }: { held: HeldProcess; attempt: Attempt; started: Date },
): Promise<RunExit> {
  const { spec, options, grace } = attempt;
  const watch = new AbortController();
  const stopped = new Promise<'timed-out' | 'aborted'>((resolve) => {
    const timer = setTimeout(() => {
      resolve('timed-out');
    }, spec.timeoutMs);
    const abort = () => {
      resolve('aborted');
    };
    options.signal.addEventListener('abort', abort, { once: true, signal: watch.signal });
    if (options.signal.aborted) abort();
    watch.signal.addEventListener('abort', () => {
      clearTimeout(timer);
    });
  });
  const first = await Promise.race([held.ended, stopped]).finally(() => {
    watch.abort();
  });
  await endRun(spec.runId, held.pid, first === 'timed-out' || first === 'aborted' ? grace : NONE);
  if (first === 'aborted') throw options.signal.reason;
  await directory.writeExit({
    ...(await held.ended),
    timedOut: first === 'timed-out',
    startedAt: started.toISOString(),
    endedAt: new Date().toISOString(),
  });
  const exit = await directory.readExit();
  if (exit === null) throw new ToolError(`${directory.path} cannot be written`);
  return exit;
}

/** What a command leaves behind when it ended by itself gets no grace. Source: ORCH-110. */
const NONE: Grace = { interruptMs: 0, terminateMs: 0 };
