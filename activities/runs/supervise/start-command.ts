import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { constants } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import type { ProcessIdentity } from '../processes.ts';
import { identify, RUN_MARKER } from '../processes.ts';
import type { RunDirectory } from '../run-directory.ts';
import type { Sandbox } from '../sandbox/sandbox.ts';
import type { Launch } from './launch.ts';
import { openOutputPipes } from './output-pipe.ts';
import type { OutputPipe } from './output-pipe.ts';

/** How a command ended. `sandboxFailed`: it never began. */
export interface CommandEnd {
  exitCode: number | null;
  signal: string | null;
  sandboxFailed: boolean;
}

/** A command that runs. */
export interface RunningCommand {
  stdout: OutputPipe;
  stderr: OutputPipe;
  /** init of its sandbox, null = it has none */
  init: ProcessIdentity | null;
  /** leader of its group, null when it is sandboxed */
  leader: ProcessIdentity | null;
  ended: Promise<CommandEnd>;
  /** ends what the command was given from outside */
  close: () => Promise<void>;
}

/** Starts the command of a launch, in its sandbox when it has one. It dies with this process. Throws when it cannot be started. */
export async function startCommand(
  directory: RunDirectory,
  launch: Launch,
): Promise<RunningCommand> {
  const { sandbox } = launch.spec;
  const [stdout, stderr] = (await openOutputPipes(
    ['out', 'err'].map((name) => join(directory.path, `${name}.pipe`)),
  )) as [OutputPipe, OutputPipe];
  const start: Start = { directory, launch, outputs: [stdout.writeEnd, stderr.writeEnd] };
  try {
    const started = await (sandbox === null ? startPlain(start) : startSandboxed(start, sandbox));
    return { ...started, stdout, stderr };
  } catch (error) {
    for (const output of [stdout, stderr]) output.stop();
    throw error;
  } finally {
    for (const output of [stdout, stderr]) output.started();
  }
}

interface Start {
  directory: RunDirectory;
  launch: Launch;
  outputs: [stdout: number, stderr: number];
}

type Started = Omit<RunningCommand, 'stdout' | 'stderr'>;

async function startPlain(start: Start): Promise<Started> {
  const { argv, env } = start.launch.command;
  const child = spawnCommand(start, {
    argv: ['setpriv', '--pdeathsig', 'KILL', '--', ...argv],
    env: { ...env, [RUN_MARKER]: start.directory.path },
    more: [],
  });
  const exited = exitOf(child);
  const pid = await pidOf(child);
  return {
    init: null,
    leader: await identify(pid),
    ended: exited,
    close: () => Promise.resolve(),
  };
}

async function startSandboxed(start: Start, sandbox: Sandbox): Promise<Started> {
  const { directory, launch } = start;
  const [{ buildSandboxArgv }, { startProxy }] = await Promise.all([
    import('../sandbox/build-argv.ts'),
    import('../sandbox/proxy.ts'),
  ]);
  const proxySocket = join(directory.path, 'net.sock');
  const proxy = await startProxy(sandbox.network, proxySocket);
  const close = async (): Promise<void> => proxy?.close();
  try {
    const { argv, env } = buildSandboxArgv(sandbox, {
      argv: launch.command.argv,
      env: { ...launch.command.env, [RUN_MARKER]: directory.path },
      cwd: launch.spec.cwd,
      proxySocket,
      statusFd: 3,
      node: process.execPath,
    });
    const child = spawnCommand(start, { argv, env, more: ['pipe'] });
    const exited = exitOf(child);
    await pidOf(child);
    const status = readStatus(child.stdio[3] as Readable);
    const initPid = await Promise.race([status.initPid, exited.then(() => null)]);
    return {
      init: initPid === null ? null : await identify(initPid),
      leader: null,
      ended: exited.then(async (end) => endInside(end, await status.toldExit)),
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

function spawnCommand(
  { launch, outputs }: Start,
  about: {
    argv: readonly string[];
    env: Readonly<Record<string, string>>;
    more: readonly 'pipe'[];
  },
): ChildProcess {
  const { spec, command } = launch;
  const [file = '', ...args] = about.argv;
  const stdin = openSync(command.stdinPath ?? '/dev/null', 'r');
  try {
    return spawn(file, args, {
      cwd: spec.cwd,
      detached: true,
      env: { ...about.env },
      stdio: [stdin, ...outputs, ...about.more],
    });
  } finally {
    closeSync(stdin);
  }
}

async function pidOf(child: ChildProcess): Promise<number> {
  if (child.pid !== undefined) return child.pid;
  const [error] = (await once(child, 'error')) as [Error];
  throw error;
}

async function exitOf(child: ChildProcess): Promise<CommandEnd> {
  return new Promise((resolve) => {
    child.once('exit', (exitCode, signal) => {
      resolve({ exitCode, signal, sandboxFailed: false });
    });
  });
}

const LONGEST_STATUS = 4096;

/** What bubblewrap says about itself: one JSON object a line; the command's exit only when there was a command. */
function readStatus(status: Readable): {
  initPid: Promise<number>;
  toldExit: Promise<boolean>;
} {
  let text = '';
  status.setEncoding('utf8');
  const initPid = new Promise<number>((resolve) => {
    status.on('data', (chunk: string) => {
      text = (text + chunk).slice(0, LONGEST_STATUS);
      const pid = /"child-pid":\s*(\d+)/.exec(text)?.[1];
      if (pid !== undefined) resolve(Number(pid));
    });
  });
  const toldExit = new Promise<boolean>((resolve) => {
    status.once('close', () => {
      resolve(text.includes('"exit-code"'));
    });
  });
  return { initPid, toldExit };
}

const SIGNALS = new Map(Object.entries(constants.signals).map(([name, number]) => [number, name]));

/** bubblewrap tells the end by a signal as a shell does. */
function endInside(end: CommandEnd, toldExit: boolean): CommandEnd {
  const signal = SIGNALS.get((end.exitCode ?? 0) - 128);
  if (signal !== undefined) return { ...end, exitCode: null, signal };
  return { ...end, sandboxFailed: end.signal === null && !toldExit };
}
