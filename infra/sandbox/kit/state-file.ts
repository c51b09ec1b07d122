import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

const SAVE_DELAY_MS = 50;

/** A program's whole state: one JSON file, replaced atomically a moment after `save`, read back at the next start. A present but unreadable file throws. */
export class StateFile<T extends object> {
  readonly state: T;
  readonly #path: string;
  #timer: NodeJS.Timeout | null = null;

  constructor(path: string, empty: T) {
    this.#path = path;
    mkdirSync(dirname(path), { recursive: true });
    this.state = { ...empty, ...readJson<T>(path) };
  }

  /** Writes soon; calls in quick succession make one write. */
  save(): void {
    this.#timer ??= setTimeout(() => {
      this.flush();
    }, SAVE_DELAY_MS);
  }

  /** Writes now if anything is unwritten. */
  flush(): void {
    if (this.#timer === null) return;
    clearTimeout(this.#timer);
    this.#timer = null;
    const draft = `${this.#path}.${process.pid}.tmp`;
    writeFileSync(draft, JSON.stringify(this.state, null, 1));
    renameSync(draft, this.#path);
  }
}

function readJson<T>(path: string): Partial<T> {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as Partial<T>;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return {};
    throw new Error(`${path} is not readable as JSON`, { cause: error });
  }
}
