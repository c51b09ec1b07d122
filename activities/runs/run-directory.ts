import { randomUUID } from 'node:crypto';
import { mkdir, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { parseRecord } from './parse-record.ts';
import type { ProcessIdentity } from './processes.ts';
import type { RunExit, RunOwner, RunSpec } from './runs.ts';

/** What of a run is on disk; values of secrets never are. */
export type StoredSpec = Omit<RunSpec, 'secrets'> & { secrets: readonly string[] };

/** The attempt that owns a run. */
export type StoredOwner = RunOwner & { continuation: number };

/** The newest launch of a run. Its supervisor lives exactly while the run's lock is held. */
export interface RunStarted {
  continuation: number;
  /** 1 for the first of its continuation */
  launch: number;
  /** ISO, of the first launch of this continuation */
  startedAt: string;
  /** ISO, of this launch */
  launchedAt: string;
  /** worked by earlier launches of this continuation */
  workedMs: number;
  stdoutFrom: number;
  lastLaunch: RunExit['lastLaunch'];
  /** names of secrets seen in the output of this continuation, up to a second ago */
  leaks: readonly string[];
  /** only to be signalled: liveness is the lock */
  supervisor: ProcessIdentity;
  /** init of the sandbox's process namespace as seen outside; ending it ends everything inside. Null = none, or not yet */
  init: ProcessIdentity | null;
  /** leader of the group of a command that is not isolated */
  leader: ProcessIdentity | null;
}

/** A request to end a run, which also keeps it from being launched. */
export interface RunStop {
  reason: string;
  /** the last continuation it is about, null = every one */
  through: number | null;
}

type StoredExit = Omit<RunExit, 'stdoutPath' | 'stderrPath'>;

interface Records {
  'spec.json': StoredSpec;
  'owner.json': StoredOwner;
  'started.json': RunStarted;
  'stop.json': RunStop;
  'exit.json': StoredExit;
}

/** The form of a run's name: it is also that of its directory. */
export const RUN_ID = /^[A-Za-z0-9-]{1,64}$/;

/** The files of one run: `<dataDir>/runs/<runId>/`. Only we write them, by rename; what is absent reads as null. */
export class RunDirectory {
  readonly runId: string;
  readonly path: string;
  readonly stdoutPath: string;
  readonly stderrPath: string;
  /** held by the supervisor for its life; its time of change says when that lived last */
  readonly lockPath: string;

  /** Throws when `runId` is not one. */
  constructor(runsDir: string, runId: string) {
    if (!RUN_ID.test(runId)) throw new Error(`not a run id: ${runId.slice(0, 80)}`);
    this.runId = runId;
    this.path = resolve(runsDir, runId);
    this.stdoutPath = join(this.path, 'stdout.jsonl');
    this.stderrPath = join(this.path, 'stderr.log');
    this.lockPath = join(this.path, 'lock');
  }

  async create(): Promise<void> {
    await mkdir(this.path, { recursive: true });
    await writeFile(this.lockPath, '', { flag: 'a' });
  }

  async read<Name extends keyof Records>(name: Name): Promise<Records[Name] | null> {
    const text = await readFile(join(this.path, name), 'utf8').catch(() => null);
    return text === null ? null : (parseRecord(text) as Records[Name] | null);
  }

  async write<Name extends keyof Records>(name: Name, value: Records[Name]): Promise<void> {
    const file = join(this.path, name);
    const draft = `${file}.${randomUUID()}`;
    await writeFile(draft, `${JSON.stringify(value, null, 2)}\n`, { mode: 0o600 });
    await rename(draft, file);
  }

  async remove(name: keyof Records): Promise<void> {
    await rm(join(this.path, name), { force: true });
  }

  async readExit(): Promise<RunExit | null> {
    const exit = await this.read('exit.json');
    return exit && { ...exit, stdoutPath: this.stdoutPath, stderrPath: this.stderrPath };
  }

  /** Whether an end of this continuation, or of a later one, is recorded. */
  async hasEnded(continuation: number): Promise<boolean> {
    const exit = await this.read('exit.json');
    return exit !== null && exit.continuation >= continuation;
  }

  /** How long the launches up to `started` worked, ms; of a launch that died, as far as its supervisor was seen alive. */
  async readWorkedMs({ workedMs, launchedAt }: RunStarted): Promise<number> {
    const { mtimeMs } = await stat(this.lockPath);
    return workedMs + Math.max(0, Math.round(mtimeMs - Date.parse(launchedAt)));
  }

  /** Records that the supervisor lives now. */
  async touch(): Promise<void> {
    const now = new Date();
    await utimes(this.lockPath, now, now).catch(() => undefined);
  }
}

/** Whether a stop request keeps `continuation` from being launched. */
export const isStopped = (stop: RunStop | null, continuation: number): stop is RunStop =>
  stop !== null && (stop.through === null || continuation <= stop.through);
