import { createHash } from 'node:crypto';
import { closeSync, fstatSync, futimesSync, openSync, readSync, writeSync } from 'node:fs';
import type { Redactor } from '../redact.ts';
import type { OutputDigest } from '../runs.ts';
import { NewestLines } from './newest-lines.ts';
import type { OutputPipe } from './output-pipe.ts';

/** How much of an output is kept. */
export interface OutputLimits {
  /** bytes of one line */
  lineBytes: number;
  /** bytes from the beginning; afterwards the newest lines are shown at each pause, until they are as much again, and at the end */
  logBytes: number;
  /** bytes of newest lines, more than of one line */
  newestBytes: number;
  /** how long an output is silent in a pause */
  pauseMs: number;
}

const MEBIBYTE = 1024 * 1024;

/** Shipped limits. */
const OUTPUT_LIMITS: OutputLimits = {
  lineBytes: MEBIBYTE,
  logBytes: 64 * MEBIBYTE,
  newestBytes: 2 * MEBIBYTE,
  pauseMs: 250,
};

const NEWLINE = 0x0a;
const SIGN_OF_LIFE_MS = 1000;

/**
 * Keeps one output of a command in a file, in memory that does not grow with it, as whole lines (the very last one excepted).
 * It reads no faster than it writes.
 */
export class OutputLog {
  /** when nobody can write to the output any more */
  readonly ended: Promise<void>;
  readonly #pipe: OutputPipe;
  readonly #file: number;
  readonly #redactor: Redactor;
  readonly #limits: OutputLimits;
  readonly #hash = createHash('sha256');
  readonly #newest: NewestLines;
  #bytes = 0;
  #cutLines = 0;
  #droppedBytes = 0;
  #room: number;
  #roomAtPauses: number;
  /** the line being written; its memory grows to the longest length of a line */
  #line = Buffer.alloc(0);
  #lineLength = 0;
  #isCut = false;
  #endsLine = false;
  #pause: NodeJS.Timeout | null = null;
  #shownAt = Date.now();

  constructor(
    path: string,
    pipe: OutputPipe,
    about: { redactor: Redactor; limits?: OutputLimits },
  ) {
    this.#limits = about.limits ?? OUTPUT_LIMITS;
    this.#redactor = about.redactor;
    this.#newest = new NewestLines(this.#limits.newestBytes);
    this.#room = this.#limits.logBytes;
    this.#roomAtPauses = this.#limits.logBytes;
    this.#file = openSync(path, 'a', 0o600);
    this.#pipe = pipe;
    this.ended = pipe.read((bytes) => {
      this.#take(bytes);
    });
  }

  /** Names of secrets seen so far. */
  leaks(): readonly string[] {
    return this.#redactor.leaks();
  }

  /** Stops reading, writes what is left and answers what the output was. */
  finish(): OutputDigest {
    this.#pipe.stop();
    if (this.#pause !== null) clearTimeout(this.#pause);
    this.#split(this.#redactor.end());
    if (this.#lineLength > 0) this.#endLine(false);
    this.#write(this.#newest.take());
    closeSync(this.#file);
    return {
      bytes: this.#bytes,
      sha256: this.#hash.digest('hex'),
      cutLines: this.#cutLines,
      droppedBytes: this.#droppedBytes,
    };
  }

  #take(bytes: Buffer): void {
    this.#hash.update(bytes);
    this.#bytes += bytes.length;
    this.#endsLine = bytes.at(-1) === NEWLINE;
    this.#split(this.#redactor.push(bytes));
    if (Date.now() - this.#shownAt > SIGN_OF_LIFE_MS) this.#showLife();
    this.#pause ??= setTimeout(() => {
      this.#showNewest();
    }, this.#limits.pauseMs);
    this.#pause.refresh();
  }

  #split(text: Buffer): void {
    const { lineBytes } = this.#limits;
    for (let start = 0; start < text.length;) {
      // Whole lines pass as one piece: most outputs are many short ones.
      const piece =
        this.#lineLength > 0 ? text.subarray(0, 0) : text.subarray(start, start + lineBytes);
      const pieceEnd = piece.lastIndexOf(NEWLINE) + 1;
      if (pieceEnd > 0 && !this.#isCut) {
        this.#keep(piece.subarray(0, pieceEnd));
        start += pieceEnd;
        continue;
      }
      const end = text.indexOf(NEWLINE, start);
      this.#extendLine(text.subarray(start, end < 0 ? text.length : end));
      if (end < 0) return;
      this.#endLine(true);
      start = end + 1;
    }
  }

  #extendLine(part: Buffer): void {
    const fits = Math.min(part.length, this.#limits.lineBytes - this.#lineLength);
    if (fits < part.length) {
      this.#droppedBytes += part.length - fits;
      this.#isCut = true;
    }
    const needed = this.#lineLength + fits + 1;
    if (needed > this.#line.length) {
      const grown = Buffer.allocUnsafe(Math.min(2 * needed, this.#limits.lineBytes + 1));
      this.#line.copy(grown, 0, 0, this.#lineLength);
      this.#line = grown;
    }
    part.copy(this.#line, this.#lineLength, 0, fits);
    this.#lineLength += fits;
  }

  #endLine(isWhole: boolean): void {
    if (isWhole) this.#line[this.#lineLength] = NEWLINE;
    this.#keep(this.#line.subarray(0, this.#lineLength + (isWhole ? 1 : 0)));
    if (this.#isCut) this.#cutLines += 1;
    this.#lineLength = 0;
    this.#isCut = false;
  }

  #keep(lines: Buffer): void {
    if (lines.length <= this.#room) {
      this.#room -= lines.length;
      this.#write(lines);
      return;
    }
    this.#room = 0;
    this.#droppedBytes += this.#newest.add(lines);
  }

  #showNewest(): void {
    this.#pause = null;
    // What was held back as the beginning of a secret must not keep a whole line from who waits for it.
    if (this.#endsLine) this.#split(this.#redactor.end());
    const { length } = this.#newest;
    if (length > 0 && length <= this.#roomAtPauses) {
      this.#roomAtPauses -= length;
      this.#write(this.#newest.take());
    } else this.#showLife();
  }

  /** Followers tell by the file's time whether a command is silent. */
  #showLife(): void {
    const now = new Date();
    this.#shownAt = now.getTime();
    futimesSync(this.#file, now, now);
  }

  #write(bytes: Buffer): void {
    let done = 0;
    try {
      while (done < bytes.length) done += writeSync(this.#file, bytes, done);
    } catch {
      // A full disk must not end the command.
      this.#droppedBytes += bytes.length - done;
    }
    this.#shownAt = Date.now();
  }
}

/** Ends the half line a launch that died may have left in the file, which is made when missing. Answers its size in bytes. */
export function endLastLine(path: string): number {
  const file = openSync(path, 'a+', 0o600);
  try {
    const { size } = fstatSync(file);
    const last = Buffer.alloc(1);
    if (size === 0 || (readSync(file, last, 0, 1, size - 1) && last[0] === NEWLINE)) return size;
    return size + writeSync(file, '\n');
  } finally {
    closeSync(file);
  }
}
