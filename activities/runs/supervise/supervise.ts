import { fstatSync, statSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { readToken } from '../locks.ts';
import { identify } from '../processes.ts';
import type { ProcessIdentity } from '../processes.ts';
import { createRedactor } from '../redact.ts';
import type { RunDirectory, RunStarted } from '../run-directory.ts';
import { isStopped } from '../run-directory.ts';
import type { Grace } from './end-command.ts';
import { endCommand } from './end-command.ts';
import type { Launch, LaunchAnswer } from './launch.ts';
import { endLastLine, OutputLog } from './output-log.ts';
import type { OutputPipe } from './output-pipe.ts';
import { removeGitLocks } from './remove-git-locks.ts';
import type { CommandEnd, RunningCommand } from './start-command.ts';
import { startCommand } from './start-command.ts';

const LIFE_SIGN_MS = 1000;
const DRAIN_MS = 1000;
/** What a timer takes; a longer one would be over at once. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;
const RUN_LOCK_FD = 3;
const TREE_LOCK_FD = 4;

/** What a supervisor needs beside its launch. */
export interface Supervision {
  directory: RunDirectory;
  launch: Launch;
  grace: Grace;
  /** tells whoever started us what came of it */
  answer: (answer: LaunchAnswer) => void;
  /** aborted when we are told to end */
  told: AbortSignal;
}

/** Why a command ends before its time. */
type Ending = { kind: 'deadline' } | { kind: 'stopped'; reason: string } | { kind: 'told' };

/**
 * Holds one launch of a run from its start to its record: both locks are ours already, as descriptors 3 and 4. Without a record
 * it ends only when we are told to end though nobody stopped the run: the machine goes down, the run is to go on later.
 */
export async function supervise(supervision: Supervision): Promise<void> {
  const { directory, launch, answer } = supervision;
  const before = await directory.read('started.json');
  const refusal = await findRefusal(directory, launch, before);
  if (refusal !== null) {
    answer({ kind: 'refused', reason: refusal });
    return;
  }
  let begun: Begun;
  try {
    begun = await begin(supervision, before);
  } catch (error) {
    await (before === null
      ? directory.remove('started.json')
      : directory.write('started.json', before));
    answer({ kind: 'failed', reason: (error as Error).message });
    return;
  }
  answer({ kind: 'started' });
  await seeToEnd(supervision, begun);
}

/** Why this launch must not be, or null. The world moved on since it was asked for. */
async function findRefusal(
  directory: RunDirectory,
  { spec, token }: Launch,
  started: RunStarted | null,
): Promise<string | null> {
  const { continuation, lockPath } = spec;
  if (!holds(RUN_LOCK_FD, directory.lockPath)) return 'the lock of the run is not held';
  if (!holds(TREE_LOCK_FD, lockPath)) return 'the lock of the tree is not held';
  if (isStopped(await directory.read('stop.json'), continuation)) return 'the run was stopped';
  if (await directory.hasEnded(continuation)) return 'the run has ended';
  const next = nextLaunch(started, continuation);
  if (token.launch !== next) return `launch ${token.launch} is not the next one`;
  const current = await readToken(lockPath);
  return current?.nonce === token.nonce ? null : 'the tree changed hands';
}

/** Null = the run was let go on since. */
function nextLaunch(newest: RunStarted | null, continuation: number): number | null {
  if (newest === null || newest.continuation < continuation) return 1;
  return newest.continuation === continuation ? newest.launch + 1 : null;
}

function holds(descriptor: number, path: string): boolean {
  const expected = statSync(path, { throwIfNoEntry: false });
  return expected !== undefined && fstatSync(descriptor).ino === expected.ino;
}

/** A command that was started, and where its output goes. */
interface Begun {
  started: RunStarted;
  command: RunningCommand;
  stdout: OutputLog;
  stderr: OutputLog;
}

async function begin(
  { directory, launch }: Supervision,
  before: RunStarted | null,
): Promise<Begun> {
  const { spec } = launch;
  const planned = await planLaunch(directory, launch, before);
  // Before there is a command: one that nobody recorded would be started twice.
  await directory.write('started.json', planned);
  const command = await startCommand(directory, launch);
  const keep = (path: string, pipe: OutputPipe): OutputLog =>
    new OutputLog(path, pipe, { redactor: createRedactor(spec.secrets) });
  const stdout = keep(directory.stdoutPath, command.stdout);
  const stderr = keep(directory.stderrPath, command.stderr);
  const started = { ...planned, init: command.init, leader: command.leader };
  await directory.write('started.json', started);
  return { started, command, stdout, stderr };
}

async function planLaunch(
  directory: RunDirectory,
  { spec, token }: Launch,
  before: RunStarted | null,
): Promise<RunStarted> {
  const earlier = before?.continuation === spec.continuation ? before : null;
  const launchedAt = new Date().toISOString();
  const lastLaunch = {
    stdoutFrom: endLastLine(directory.stdoutPath),
    stderrFrom: endLastLine(directory.stderrPath),
  };
  return {
    continuation: spec.continuation,
    launch: token.launch,
    startedAt: earlier?.startedAt ?? launchedAt,
    launchedAt,
    workedMs: earlier === null ? 0 : await directory.readWorkedMs(earlier),
    stdoutFrom: earlier?.stdoutFrom ?? lastLaunch.stdoutFrom,
    lastLaunch,
    leaks: earlier?.leaks ?? [],
    supervisor: (await identify(process.pid)) as ProcessIdentity,
    init: null,
    leader: null,
  };
}

async function seeToEnd(supervision: Supervision, begun: Begun): Promise<void> {
  const { directory, launch, grace } = supervision;
  const { command, stdout, stderr } = begun;
  const ending = await awaitEnding(supervision, begun);
  await endCommand(directory, command, ending === null ? null : grace);
  const end = await command.ended;
  // What escaped every sweep may hold the outputs open.
  await Promise.race([Promise.all([stdout.ended, stderr.ended]), pause(DRAIN_MS)]);
  await command.close();
  const digest = stdout.finish();
  stderr.finish();
  await removeGitLocks(launch.spec.cwd).catch(() => undefined);
  if (ending?.kind === 'told') return;
  const { started } = begun;
  const endedAt = new Date();
  await directory.write('exit.json', {
    exitCode: end.exitCode,
    signal: end.signal,
    timedOut: ending?.kind === 'deadline',
    killed: ending?.kind === 'stopped' ? ending.reason : describeFailure(end),
    startedAt: started.startedAt,
    endedAt: endedAt.toISOString(),
    workedMs: started.workedMs + endedAt.getTime() - Date.parse(started.launchedAt),
    launches: started.launch,
    continuation: started.continuation,
    stdoutFrom: started.stdoutFrom,
    lastLaunch: started.lastLaunch,
    stdout: digest,
    leaks: leaksOf(begun),
  });
}

const describeFailure = ({ sandboxFailed }: CommandEnd): string | null =>
  sandboxFailed ? 'the sandbox could not be set up; stderr.log says why' : null;

const leaksOf = ({ started, stdout, stderr }: Begun): string[] => [
  ...new Set([...started.leaks, ...stdout.leaks(), ...stderr.leaks()]),
];

/** Null = the command ended by itself. */
async function awaitEnding(supervision: Supervision, begun: Begun): Promise<Ending | null> {
  const { directory, launch, told } = supervision;
  const { started, command } = begun;
  const over = new AbortController();
  const leftMs = Math.max(0, launch.spec.timeoutMs - started.workedMs);
  const deadline = pause(Math.min(leftMs, LONGEST_TIMER_MS), { kind: 'deadline' } as const, {
    signal: over.signal,
  });
  const stopped = watchForStop(supervision, begun, over.signal);
  const toldToEnd = new Promise<Ending>((resolve) => {
    const end = (): void => {
      void readStop(directory, started.continuation).then((stop) => {
        resolve(stop ?? { kind: 'told' });
      });
    };
    if (told.aborted) end();
    else told.addEventListener('abort', end, { once: true, signal: over.signal });
  });
  for (const late of [deadline, stopped]) late.catch(() => undefined);
  try {
    return await Promise.race([command.ended.then(() => null), deadline, stopped, toldToEnd]);
  } finally {
    over.abort();
  }
}

/** Also by the file: whoever stops a run may be in another process namespace, where nobody can signal us. */
async function watchForStop(
  { directory }: Supervision,
  begun: Begun,
  signal: AbortSignal,
): Promise<Ending> {
  for (;;) {
    await directory.touch();
    const leaks = leaksOf(begun);
    if (leaks.length > begun.started.leaks.length) {
      begun.started = { ...begun.started, leaks };
      await directory.write('started.json', begun.started);
    }
    const stop = await readStop(directory, begun.started.continuation);
    if (stop !== null) return stop;
    await pause(LIFE_SIGN_MS, undefined, { signal });
  }
}

async function readStop(directory: RunDirectory, continuation: number): Promise<Ending | null> {
  const stop = await directory.read('stop.json');
  return isStopped(stop, continuation) ? { kind: 'stopped', reason: stop.reason } : null;
}
