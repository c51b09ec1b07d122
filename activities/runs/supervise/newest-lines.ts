const NEWLINE = 0x0a;

/** The newest whole lines of an output, in a fixed amount of memory: at least `bytes` of them, at most twice that. */
export class NewestLines {
  readonly #keep: number;
  #buffer: Buffer | null = null;
  #length = 0;

  constructor(bytes: number) {
    this.#keep = bytes;
  }

  get length(): number {
    return this.#length;
  }

  /** Adds whole lines, at most as many bytes as are kept; answers how many bytes of the oldest went for them. */
  add(lines: Buffer): number {
    this.#buffer ??= Buffer.allocUnsafe(2 * this.#keep);
    let gone = 0;
    if (this.#length + lines.length > this.#buffer.length) {
      const oldest = this.#length + lines.length - this.#keep;
      // The line that begins before `oldest` goes as a whole.
      const lineEnd = this.#buffer.subarray(0, this.#length).indexOf(NEWLINE, oldest - 1) + 1;
      gone = lineEnd === 0 ? this.#length : lineEnd;
      this.#buffer.copyWithin(0, gone, this.#length);
      this.#length -= gone;
    }
    lines.copy(this.#buffer, this.#length);
    this.#length += lines.length;
    return gone;
  }

  /** Everything, which is forgotten here: use it at once. */
  take(): Buffer {
    const all = this.#buffer?.subarray(0, this.#length) ?? Buffer.alloc(0);
    this.#length = 0;
    return all;
  }
}
