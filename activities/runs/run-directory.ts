import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { z } from 'zod';
import type { RunExit } from './runs.ts';

/** The process that leads a run, and which attempt started it. */
const RunOwner = z.object({
  pid: z.int(),
  startTicks: z.string(),
  bootId: z.string(),
  attempt: z.int(),
});
export type RunOwner = z.infer<typeof RunOwner>;

const Exit = z.object({
  exitCode: z.int().nullable(),
  signal: z.string().nullable(),
  timedOut: z.boolean(),
  killed: z.string().nullable(),
  startedAt: z.string(),
  endedAt: z.string(),
  workedMs: z.number(),
  launches: z.int(),
  continuation: z.int(),
  stdoutFrom: z.int(),
  lastLaunch: z.object({ stdoutFrom: z.int(), stderrFrom: z.int() }),
  stdout: z.object({
    bytes: z.int(),
    sha256: z.string(),
    cutLines: z.int(),
    droppedBytes: z.int(),
  }),
  leaks: z.array(z.string()),
});

/** The files of one run: `<dataDir>/runs/<runId>/`. A record that is absent or cut short reads as null. */
export class RunDirectory {
  readonly path: string;
  readonly stdoutPath: string;
  readonly stderrPath: string;

  constructor(runsDir: string, runId: string) {
    if (!/^[A-Za-z0-9-]{1,64}$/.test(runId)) throw new Error(`not a run id: ${runId.slice(0, 80)}`);
    this.path = resolve(runsDir, runId);
    this.stdoutPath = join(this.path, 'stdout.jsonl');
    this.stderrPath = join(this.path, 'stderr.log');
  }

  async create(): Promise<void> {
    await mkdir(this.path, { recursive: true });
  }

  async readExit(): Promise<RunExit | null> {
    const exit = await this.#read('exit.json', Exit);
    return exit && { ...exit, stdoutPath: this.stdoutPath, stderrPath: this.stderrPath };
  }

  async writeExit(exit: z.infer<typeof Exit>): Promise<void> {
    await this.#write('exit.json', exit);
  }

  async readOwner(): Promise<RunOwner | null> {
    return this.#read('owner.json', RunOwner);
  }

  async writeOwner(owner: RunOwner): Promise<void> {
    await this.#write('owner.json', owner);
  }

  /** Forgets how the run ended. */
  async removeExit(): Promise<void> {
    await rm(join(this.path, 'exit.json'), { force: true });
  }

  async #read<T>(name: string, schema: z.ZodType<T>): Promise<T | null> {
    const text = await readFile(join(this.path, name), 'utf8').catch(() => null);
    if (text === null) return null;
    try {
      return schema.parse(JSON.parse(text));
    } catch {
      return null;
    }
  }

  async #write(name: string, value: unknown): Promise<void> {
    const file = join(this.path, name);
    await writeFile(`${file}.tmp`, `${JSON.stringify(value, null, 2)}\n`);
    await rename(`${file}.tmp`, file);
  }
}
