import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { RunDirectory } from '../../activities/runs/run-directory.ts';
import type { RunStarted } from '../../activities/runs/run-directory.ts';
import { readProcess } from '../../activities/runs/processes.ts';
import type { RunExit, RunOptions } from '../../activities/runs/runs.ts';
import type { Sandbox } from '../../activities/runs/sandbox/sandbox.ts';
import { RunHost } from '../world/run-host.ts';
import { eventually } from './forge-session.ts';
import type { DriverOrder, WholeRun } from './run-order.ts';

const DRIVER = fileURLToPath(new URL('./run-driver.ts', import.meta.url));
const never = new AbortController().signal;
const PATH = process.env['PATH'] ?? '';

/** A data directory with a runner, a tree, and processes that stand for workers. */
export class RunWorld implements AsyncDisposable {
  readonly dataDir: string;
  readonly tree: string;
  readonly host: RunHost;
  /** what the latest attempt in this process was told */
  lines: string[] = [];
  prepared: string[] = [];
  readonly #drivers: ChildProcess[] = [];
  #attempt = 0;

  private constructor(dataDir: string) {
    this.dataDir = dataDir;
    this.tree = join(dataDir, 'tree');
    this.host = new RunHost(dataDir, `${join(dataDir, 'bin')}:${PATH}`);
  }

  static async create(): Promise<RunWorld> {
    const world = new RunWorld(await mkdtemp(join(tmpdir(), 'orch-runs-')));
    await mkdir(world.tree);
    await mkdir(join(world.dataDir, 'bin'));
    return world;
  }

  get runs() {
    return this.host.runs;
  }

  /** A sandbox in which a command sees its tree and nothing else of this world. */
  get sandbox(): Sandbox {
    return {
      writable: [this.tree],
      readable: [],
      tmpBytes: 1_048_576,
      network: { kind: 'none' },
      memoryBytes: null,
      processes: null,
    };
  }

  /** A run of a shell script in the tree. Each of its processes adds its number to the file `pids`. */
  spec(script: string, change: Partial<WholeRun> = {}): WholeRun {
    return {
      runId: 'run-a',
      continuation: 0,
      lockPath: join(this.dataDir, 'tree.lock'),
      cwd: this.tree,
      argv: ['bash', '-c', `echo $$ >> pids\n${script}`],
      env: { PATH },
      stdinPath: null,
      timeoutMs: 60_000,
      sandbox: null,
      secrets: [],
      ...change,
    };
  }

  /** The next attempt, in this process. */
  run(spec: WholeRun, change: Partial<RunOptions> = {}): Promise<RunExit> {
    this.lines = [];
    this.prepared = [];
    const { lines, prepared } = this;
    this.#attempt += 1;
    return this.runs.run(spec, {
      owner: { temporalRunId: 'run', activityId: '1', attempt: this.#attempt },
      cancel: never,
      detach: never,
      onHeartbeat: () => undefined,
      onLine: (line) => lines.push(line),
      prepare: (how) => {
        prepared.push(how);
        return Promise.resolve(spec);
      },
      ...change,
    });
  }

  /** The next attempt, in a process of its own as a worker is one. */
  async drive(spec: WholeRun, change: Partial<DriverOrder> = {}): Promise<ChildProcess> {
    await this.host.start();
    this.#attempt += 1;
    const { dataDir } = this;
    const { socket } = this.host;
    const order: DriverOrder = {
      dataDir,
      socket,
      spec,
      attempt: this.#attempt,
      stuck: null,
      ...change,
    };
    const driver = spawn(process.execPath, [DRIVER, JSON.stringify(order)], { stdio: 'inherit' });
    this.#drivers.push(driver);
    return driver;
  }

  /** What starts a supervisor from now on waits until `release`; answers once one does. */
  async holdSupervisors(): Promise<{ caught: () => Promise<void>; release: () => Promise<void> }> {
    const [hold, held] = ['hold', 'held'].map((name) => join(this.dataDir, name)) as [
      string,
      string,
    ];
    const flock = join(this.dataDir, 'bin/flock');
    await writeFile(hold, '');
    await writeFile(
      flock,
      `#!/bin/sh\nif [ -e ${hold} ]; then touch ${held}; fi\nwhile [ -e ${hold} ]; do sleep 0.02; done\nexec /usr/bin/flock "$@"\n`,
    );
    await chmod(flock, 0o755);
    return { caught: () => awaitFile(held), release: () => rm(hold) };
  }

  /** Waits for a file the command makes in its tree. */
  saw(name: string): Promise<void> {
    return awaitFile(join(this.tree, name));
  }

  async let(name: string): Promise<void> {
    await writeFile(join(this.tree, name), '');
  }

  /** Numbers of all processes that ran the command, oldest first; in a sandbox they are its own. */
  async pids(): Promise<number[]> {
    const text = await readFile(join(this.tree, 'pids'), 'utf8').catch(() => '');
    return text.split('\n').filter(Boolean).map(Number);
  }

  directory(runId = 'run-a'): RunDirectory {
    return new RunDirectory(join(this.dataDir, 'runs'), runId);
  }

  async started(runId = 'run-a'): Promise<RunStarted> {
    let found: RunStarted | null = null;
    await eventually(async () => {
      found = await this.directory(runId).read('started.json');
      if (found === null) throw new Error('not started');
    });
    return found as unknown as RunStarted;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const driver of this.#drivers) driver.kill('SIGKILL');
    await this.host[Symbol.asyncDispose]();
    await rm(this.dataDir, { recursive: true, force: true, maxRetries: 3 });
  }
}

const awaitFile = (path: string): Promise<void> =>
  eventually(() => {
    if (!existsSync(path)) throw new Error(`no ${path}`);
  });

/** Ends a process and waits for that. */
export async function endProcess(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, 'exit');
  child.kill(signal);
  await gone;
}

/** Waits until a process is gone. */
export const awaitDeath = (pid: number): Promise<void> =>
  eventually(async () => {
    if ((await readProcess(pid)) !== null) throw new Error(`${pid} lives`);
  });
