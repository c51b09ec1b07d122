import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';

const KILL_AFTER_MS = 15_000;
const RESTART_PAUSE_MS = 200;
const READY_WITHIN_MS = 60_000;
const TOLD_LINES = 8;

/** A program `orch dev` keeps running. */
export interface ChildSpec {
  name: string;
  argv: readonly [string, ...string[]];
  env: Readonly<Record<string, string>>;
  /** its stderr, appended */
  logFile: string;
  /** true = its first line on stdout says that it is ready */
  announces: boolean;
  /** whether it is started again when it dies */
  restarts: boolean;
}

/** A running program. It also ends when this process dies, however that happens. */
export interface Child {
  readonly name: string;
  /** of the process that runs now */
  readonly pid: () => number;
  /** the JSON of its first line */
  readonly announcement: Readonly<Record<string, unknown>>;
  /** TERM, then KILL; returns when it is gone */
  readonly stop: () => Promise<void>;
}

/** Starts a program and waits until it is ready; throws with the end of its log when it dies before. */
export async function startChild(spec: ChildSpec, onDeath: (name: string) => void): Promise<Child> {
  let isStopping = false;
  let current = launch(spec);
  const announcement = spec.announces ? await readAnnouncement(spec, current) : {};
  const keep = async (): Promise<void> => {
    for (;;) {
      await ended(current);
      if (isStopping) return;
      onDeath(spec.name);
      if (!spec.restarts) return;
      await pause(RESTART_PAUSE_MS);
      current = launch(spec);
    }
  };
  const kept = keep();
  return {
    name: spec.name,
    pid: () => current.pid ?? 0,
    announcement,
    stop: async () => {
      isStopping = true;
      await endChild(current);
      await kept;
    },
  };
}

function launch(spec: ChildSpec): ChildProcess {
  const log = openSync(spec.logFile, 'a');
  try {
    // setpriv: the kernel ends the program when this process dies, even by kill -9.
    const child = spawn('setpriv', ['--pdeathsig', 'TERM', ...spec.argv], {
      env: { ...spec.env },
      stdio: ['ignore', spec.announces ? 'pipe' : log, log],
      detached: true,
    });
    // A failed start shows as an exit.
    child.on('error', () => child.emit('exit', 127, null));
    return child;
  } finally {
    closeSync(log);
  }
}

async function readAnnouncement(
  spec: ChildSpec,
  child: ChildProcess,
): Promise<Record<string, unknown>> {
  if (child.stdout === null) return {};
  const lines = createInterface({ input: child.stdout });
  const first = once(lines, 'line').then(([line]) => String(line));
  const line = await Promise.race([
    first,
    ended(child).then(() => null),
    pause(READY_WITHIN_MS, null, { ref: false }),
  ]);
  child.stdout.resume();
  if (line === null) {
    await endChild(child);
    throw new Error(
      `${spec.name} did not start: ${lastLines(spec.logFile)}\nits log: ${spec.logFile}`,
    );
  }
  return JSON.parse(line) as Record<string, unknown>;
}

function lastLines(file: string): string {
  return readFileSync(file, 'utf8').trimEnd().split('\n').slice(-TOLD_LINES).join('\n');
}

async function endChild(child: ChildProcess): Promise<void> {
  if (hasEnded(child)) return;
  child.kill('SIGTERM');
  const killer = setTimeout(() => child.kill('SIGKILL'), KILL_AFTER_MS);
  await ended(child);
  clearTimeout(killer);
}

const hasEnded = ({ exitCode, signalCode }: ChildProcess): boolean =>
  exitCode !== null || signalCode !== null;

async function ended(child: ChildProcess): Promise<void> {
  if (!hasEnded(child)) await once(child, 'exit');
}
