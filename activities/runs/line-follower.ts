import { closeSync, openSync, readSync } from 'node:fs';
import { setImmediate as letOthersRun } from 'node:timers/promises';

const NEWLINE = 0x0a;
const PIECE = 64 * 1024;

/** Reads the lines of a growing file, in memory of its longest line. */
export class LineFollower {
  readonly #file: number;
  readonly #onLine: (line: string) => void;
  readonly #piece = Buffer.allocUnsafe(PIECE);
  #at: number;
  #half: Buffer[] = [];

  constructor(path: string, from: number, onLine: (line: string) => void) {
    this.#file = openSync(path, 'r');
    this.#at = from;
    this.#onLine = onLine;
  }

  /** Hands on every whole line that is there by now. */
  async readOn(): Promise<void> {
    for (;;) {
      const count = readSync(this.#file, this.#piece, 0, PIECE, this.#at);
      if (count === 0) return;
      this.#at += count;
      this.#split(this.#piece.subarray(0, count));
      await letOthersRun();
    }
  }

  /** Hands on the rest, a last line without an end too, and closes the file. */
  async finish(): Promise<void> {
    await this.readOn();
    if (this.#half.length > 0) this.#emit(Buffer.alloc(0));
    this.close();
  }

  close(): void {
    closeSync(this.#file);
  }

  #split(piece: Buffer): void {
    let start = 0;
    for (let end = piece.indexOf(NEWLINE); end >= 0; end = piece.indexOf(NEWLINE, start)) {
      this.#emit(piece.subarray(start, end));
      start = end + 1;
    }
    if (start < piece.length) this.#half.push(Buffer.from(piece.subarray(start)));
  }

  #emit(rest: Buffer): void {
    const line = this.#half.length === 0 ? rest : Buffer.concat([...this.#half, rest]);
    this.#half = [];
    this.#onLine(line.toString('utf8'));
  }
}
