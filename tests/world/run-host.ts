import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { pino } from 'pino';
import { endProcesses } from '../../activities/runs/end-run.ts';
import { RunDirectory } from '../../activities/runs/run-directory.ts';
import { createRunnerClient } from '../../activities/runs/runner-client.ts';
import type { RunnerClient } from '../../activities/runs/runner-client.ts';
import type { Runs } from '../../activities/runs/runs.ts';
import { createSupervisedRuns } from '../../activities/runs/supervised-runs.ts';
import type { RunningRunner } from '../../workers/runner.ts';
import { startRunner } from '../../workers/runner.ts';

/** Supervised runs in a data directory, with a runner in this process that starts when it is first needed. */
export class RunHost implements AsyncDisposable {
  readonly runs: Runs;
  readonly socket: string;
  readonly #dataDir: string;
  readonly #path: string;
  #runner: Promise<RunningRunner> | null = null;

  /** `path` = where the runner finds programs. */
  constructor(dataDir: string, path = process.env['PATH'] ?? '') {
    this.#dataDir = dataDir;
    this.#path = path;
    this.socket = join(dataDir, 'runner.sock');
    const client = createRunnerClient(this.socket);
    const started: RunnerClient = {
      start: async (launch) => (await this.start(), client.start(launch)),
      end: async (runId, stop) => (await this.start(), client.end(runId, stop)),
      sweep: async (runId) => (await this.start(), client.sweep(runId)),
    };
    this.runs = createSupervisedRuns(dataDir, started);
  }

  /** Starts the runner now, for other processes. */
  async start(): Promise<void> {
    const path = this.#path;
    const config = {
      dataDir: this.#dataDir,
      socket: this.socket,
      path,
      requireSandbox: false,
      logLevel: 'silent',
    } as const;
    this.#runner ??= startRunner(config, pino({ level: 'silent' }));
    await this.#runner;
  }

  /** Ends the runner; what runs goes on. */
  async stop(): Promise<void> {
    await (await this.#runner)?.stop();
    this.#runner = null;
  }

  /** Ends the runner and everything that runs. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
    const folder = join(this.#dataDir, 'runs');
    const names = await readdir(folder).catch(() => []);
    await Promise.all(names.map((name) => endProcesses(new RunDirectory(folder, name))));
  }
}
