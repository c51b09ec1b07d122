import { LineFollower } from './line-follower.ts';
import type { RunDirectory } from './run-directory.ts';
import type { RunExit } from './runs.ts';

/** Hands the lines of one continuation's standard output on, each once, over all its launches. */
export class RunOutput {
  readonly #directory: RunDirectory;
  readonly #onLine: ((line: string) => void) | null;
  #follower: LineFollower | null = null;

  constructor(directory: RunDirectory, onLine: ((line: string) => void) | null) {
    this.#directory = directory;
    this.#onLine = onLine;
  }

  /** `from` = where the continuation's output begins in the file, bytes. Only the first call counts. */
  open(from: number): void {
    if (this.#onLine === null) return;
    this.#follower ??= new LineFollower(this.#directory.stdoutPath, from, this.#onLine);
  }

  async readOn(): Promise<void> {
    await this.#follower?.readOn();
  }

  /** Hands on everything up to the end of a run that ended. */
  async finish({ launches, stdoutFrom }: RunExit): Promise<void> {
    if (launches === 0) return;
    this.open(stdoutFrom);
    await this.#follower?.finish();
    this.#follower = null;
  }

  close(): void {
    this.#follower?.close();
    this.#follower = null;
  }
}
