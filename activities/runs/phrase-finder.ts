/** Bytes to find, and what they are called. */
export interface Phrase {
  name: string;
  bytes: Buffer;
}

/** Called for each place of a phrase: offsets from the stream's beginning, `to` not included. */
type OnFound = (name: string, from: number, to: number) => void;

const BACKSLASH = 0x5c;
/** Line breaks and blanks, as such and as the letter after a backslash. */
const BLANKS = new Set([0x20, 0x09, 0x0a, 0x0d]);
const ESCAPED_BLANKS = new Set([0x6e, 0x72, 0x74]);
/** Blanks within one phrase before it counts as none: bounds what a stream of blanks can make us hold back. */
const LONGEST_PLACE = 4096;

/**
 * Finds any of many phrases in a stream, one step a byte (Aho and Corasick), whatever their number and wherever chunks are cut.
 * `blanks: 'skip'` finds them with line breaks and blanks in between, those of JSON strings included.
 */
export class PhraseFinder {
  /** `state * 256 + byte` -> state; state 0 is the beginning */
  readonly #next: Int32Array;
  /** state -> bytes of a phrase it stands for */
  readonly #depth: Int32Array;
  /** state -> the longest phrase that ends in it, null = none */
  readonly #ends: readonly (Phrase | null)[];
  readonly #skips: boolean;
  /** offsets of the last counted bytes, by their number modulo the size */
  readonly #places: Float64Array;
  #counted = 0;
  #state = 0;
  #escaped = false;
  #offset = 0;

  constructor(phrases: readonly Phrase[], { blanks }: { blanks: 'skip' | 'count' }) {
    const { next, depth, ends } = buildTable(phrases);
    this.#next = next;
    this.#depth = depth;
    this.#ends = ends;
    this.#skips = blanks === 'skip';
    this.#places = new Float64Array(Math.max(1, ...phrases.map(({ bytes }) => bytes.length)));
  }

  /** Reads the next bytes; `begin` is the offset of the first. */
  read(chunk: Buffer, begin: number, onFound: OnFound): void {
    for (let index = 0; index < chunk.length; index += 1) {
      const byte = chunk[index] as number;
      this.#offset = begin + index + 1;
      if (this.#skips && this.#isBlank(byte)) continue;
      this.#places[this.#counted % this.#places.length] = begin + index;
      this.#counted += 1;
      this.#state = this.#next[this.#state * 256 + byte] as number;
      const phrase = this.#ends[this.#state];
      if (phrase) onFound(phrase.name, this.#placeOf(phrase.bytes.length), this.#offset);
    }
    if (this.#offset - this.pendingFrom() > LONGEST_PLACE) this.#state = 0;
  }

  /** Offset from which a phrase may have begun that is not over yet; what was read, when there is none. */
  pendingFrom(): number {
    const depth = this.#depth[this.#state] as number;
    return depth === 0 ? this.#offset : this.#placeOf(depth);
  }

  /** Where the last `count` counted bytes begin. */
  #placeOf(count: number): number {
    return this.#places[(this.#counted - count) % this.#places.length] as number;
  }

  #isBlank(byte: number): boolean {
    const escaped = this.#escaped;
    this.#escaped = byte === BACKSLASH;
    return this.#escaped || BLANKS.has(byte) || (escaped && ESCAPED_BLANKS.has(byte));
  }
}

interface Table {
  next: Int32Array;
  depth: Int32Array;
  ends: (Phrase | null)[];
}

function buildTable(phrases: readonly Phrase[]): Table {
  const states = 1 + phrases.reduce((sum, { bytes }) => sum + bytes.length, 0);
  const next = new Int32Array(states * 256);
  const depth = new Int32Array(states);
  const ends: (Phrase | null)[] = Array.from({ length: states }, () => null);
  let made = 1;
  for (const phrase of phrases) {
    let state = 0;
    for (const byte of phrase.bytes) {
      const found = next[state * 256 + byte] as number;
      if (found === 0) {
        depth[made] = (depth[state] as number) + 1;
        next[state * 256 + byte] = made;
        made += 1;
      }
      state = next[state * 256 + byte] as number;
    }
    ends[state] = phrase;
  }
  linkFailures({ next, depth, ends });
  return { next, depth, ends };
}

/** Completes the table breadth first: where a phrase goes on no longer, the longest end of it that begins another does. */
function linkFailures({ next, ends }: Table): void {
  const fallback = new Int32Array(ends.length);
  let level = [0];
  while (level.length > 0) {
    const deeper: number[] = [];
    for (const state of level) {
      for (let byte = 0; byte < 256; byte += 1) {
        const after = next[state * 256 + byte] as number;
        const other = state === 0 ? 0 : (next[(fallback[state] as number) * 256 + byte] as number);
        if (after === 0) {
          next[state * 256 + byte] = other;
          continue;
        }
        fallback[after] = other;
        ends[after] ??= ends[other] ?? null;
        deeper.push(after);
      }
    }
    level = deeper;
  }
}
