import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';

const Remembered = z.record(z.string(), z.number());

/** Numbers kept by name in a configuration folder from launch to launch; without a folder all is forgotten. */
export class Memory {
  readonly #folder: string | null;

  constructor(folder: string | null) {
    this.#folder = folder;
  }

  /** Counts that something happens; false when it has happened `times` before. */
  happens(name: string, times: number): boolean {
    const before = this.#read()[name] ?? 0;
    if (before < times) this.#write(name, before + 1);
    return before < times;
  }

  /** The number kept under a name, `value` when there is none yet. */
  keep(name: string, value: number): number {
    const kept = this.#read()[name];
    if (kept === undefined) this.#write(name, value);
    return kept ?? value;
  }

  get #file(): string | null {
    return this.#folder === null ? null : join(this.#folder, 'scripted-agent.json');
  }

  #read(): z.infer<typeof Remembered> {
    const file = this.#file;
    if (file === null || !existsSync(file)) return {};
    return Remembered.parse(JSON.parse(readFileSync(file, 'utf8')));
  }

  #write(name: string, value: number): void {
    if (this.#file === null || this.#folder === null) return;
    mkdirSync(this.#folder, { recursive: true });
    writeFileSync(this.#file, JSON.stringify({ ...this.#read(), [name]: value }));
  }
}
