/** Bytes to find, and what they are called. */
export interface Phrase {
  name: string;
  bytes: Buffer;
}

/** Called for each place of a phrase: offsets from the stream's beginning, `to` not included. */
type OnFound = (name: string, from: number, to: number) => void;

const BACKSLASH = 0x5c;
/** What each byte is to a finder that skips: nothing, a blank, the backslash, or a letter that is a blank after one. */
const [BLANK, ESCAPE, ESCAPED_BLANK] = [1, 2, 3];
const KINDS = new Uint8Array(256);
for (const byte of Buffer.from(' \t\r\n')) KINDS[byte] = BLANK;
for (const byte of Buffer.from('trn')) KINDS[byte] = ESCAPED_BLANK;
KINDS[BACKSLASH] = ESCAPE;
/** Blanks within one phrase before it counts as none: bounds what a stream of blanks can make us hold back. */
const LONGEST_PLACE = 4096;

/**
 * Finds any of many phrases in a stream, one step a byte (Aho and Corasick), whatever their number and wherever chunks are cut.
 * `blanks: 'skip'` finds them with line breaks and blanks in between, those of JSON strings included.
 */
export class PhraseFinder {
  readonly #table: Table;
  readonly #skips: boolean;
  /** offsets of the last counted bytes, by their number modulo the size, a power of two */
  readonly #places: Float64Array;
  #counted = 0;
  #state = 0;
  #escaped = false;
  #offset = 0;

  constructor(phrases: readonly Phrase[], { blanks }: { blanks: 'skip' | 'count' }) {
    this.#table = buildTable(phrases);
    this.#skips = blanks === 'skip';
    const longest = Math.max(1, ...phrases.map(({ bytes }) => bytes.length));
    this.#places = new Float64Array(2 ** Math.ceil(Math.log2(longest)));
  }

  /** Reads the next bytes; `begin` is the offset of the first. Everything is in locals: it runs for each byte of gigabytes. */
  read(chunk: Buffer, begin: number, onFound: OnFound): void {
    const { next, isEnd, begins } = this.#table;
    const places = this.#places;
    const mask = places.length - 1;
    const kinds = this.#skips ? KINDS : NO_KINDS;
    let [state, counted, escaped] = [this.#state, this.#counted, this.#escaped];
    for (let index = 0; index < chunk.length; index += 1) {
      if (state === 0) {
        const from = index;
        index = passIdle(chunk, from, begins);
        if (index === chunk.length) break;
        escaped &&= index === from;
      }
      const byte = chunk[index] as number;
      const kind = kinds[byte] as number;
      const skipped = isBlank(kind, escaped);
      escaped = kind === ESCAPE;
      if (skipped) continue;
      state = next[(state << 8) | byte] as number;
      places[counted & mask] = begin + index;
      counted += 1;
      if (isEnd[state] === 1) this.#report({ state, counted, to: begin + index + 1 }, onFound);
    }
    [this.#state, this.#counted, this.#escaped] = [state, counted, escaped];
    this.#offset = begin + chunk.length;
    if (this.#offset - this.pendingFrom() > LONGEST_PLACE) this.#state = 0;
  }

  /** Offset from which a phrase may have begun that is not over yet; what was read, when there is none. */
  pendingFrom(): number {
    const depth = this.#table.depth[this.#state] as number;
    return depth === 0 ? this.#offset : this.#placeOf(this.#counted - depth);
  }

  #report(
    { state, counted, to }: { state: number; counted: number; to: number },
    onFound: OnFound,
  ) {
    const phrase = this.#table.ends[state];
    if (phrase) onFound(phrase.name, this.#placeOf(counted - phrase.bytes.length), to);
  }

  /** Offset of the counted byte with that number. */
  #placeOf(number: number): number {
    return this.#places[number & (this.#places.length - 1)] as number;
  }
}

/** The next byte something may begin with, from `index` on. */
function passIdle(chunk: Buffer, index: number, begins: Uint8Array): number {
  let at = index;
  while (at < chunk.length && begins[chunk[at] as number] === 0) at += 1;
  return at;
}

const isBlank = (kind: number, escaped: boolean): boolean =>
  kind === BLANK || kind === ESCAPE || (escaped && kind === ESCAPED_BLANK);

const NO_KINDS = new Uint8Array(256);

interface Table {
  /** `state * 256 + byte` -> state; state 0 is the beginning */
  next: Int32Array;
  /** state -> bytes of a phrase it stands for */
  depth: Int32Array;
  /** state -> the longest phrase that ends in it, null = none */
  ends: (Phrase | null)[];
  /** state -> 1 when a phrase ends in it */
  isEnd: Uint8Array;
  /** byte -> 0 when nothing begins with it, not even an escaped blank */
  begins: Uint8Array;
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
  linkFailures(next, ends);
  const isEnd = Uint8Array.from(ends, (end) => (end === null ? 0 : 1));
  const begins = Uint8Array.from(next.subarray(0, 256), (state) => (state === 0 ? 0 : 1));
  begins[BACKSLASH] = 1;
  return { next, depth, ends, isEnd, begins };
}

/** Completes the table breadth first: where a phrase goes on no longer, the longest end of it that begins another does. */
function linkFailures(next: Int32Array, ends: (Phrase | null)[]): void {
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
