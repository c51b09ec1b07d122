import { encodedForms, plainForms } from './secret-forms.ts';
import { PhraseFinder } from './phrase-finder.ts';
import type { Phrase } from './phrase-finder.ts';

/** A value that must not stay in what is kept; `name` is what stands in its place. */
export interface Secret {
  name: string;
  value: string;
}

/**
 * Replaces secrets in a stream of bytes by `[name]`: as they are, escaped for JSON or a URL, in hex, and in base64 at any alignment,
 * there with line breaks in between too. Its memory does not grow with the stream.
 */
export interface Redactor {
  /** What can be kept of everything given so far; the rest, which may be the beginning of a secret, is held back. */
  push(chunk: Buffer): Buffer;
  /** What was held back, at the end of the stream or in a pause of it: a secret that goes on afterwards is only told. */
  end(): Buffer;
  /** names of the secrets seen so far, each once, sorted */
  leaks(): readonly string[];
}

const SHORTEST = 8;

/** A redactor of one stream. Values under 8 bytes are no secrets: they would be found everywhere. */
export function createRedactor(secrets: readonly Secret[]): Redactor {
  const real = secrets.filter(({ value }) => Buffer.byteLength(value) >= SHORTEST);
  return new StreamRedactor(
    new PhraseFinder(phrasesOf(real, plainForms), { blanks: 'count' }),
    new PhraseFinder(phrasesOf(real, encodedForms), { blanks: 'skip' }),
  );
}

/** Names of the secrets in `bytes`, in any of the forms a redactor knows. */
export function findLeaks(bytes: Buffer, secrets: readonly Secret[]): string[] {
  const redactor = createRedactor(secrets);
  redactor.push(bytes);
  return [...redactor.leaks()];
}

const phrasesOf = (secrets: readonly Secret[], forms: (value: string) => Buffer[]): Phrase[] =>
  secrets.flatMap(({ name, value }) => forms(value).map((bytes) => ({ name, bytes })));

/** A secret's place in the stream: offsets from its beginning, `to` not included. */
interface Found {
  name: string;
  from: number;
  to: number;
}

class StreamRedactor implements Redactor {
  readonly #finders: readonly PhraseFinder[];
  readonly #seen = new Set<string>();
  /** bytes that were not given out yet, and the offset of their first */
  #held: Buffer = Buffer.alloc(0);
  #heldFrom = 0;
  /** places in `#held` */
  #found: Found[] = [];

  constructor(...finders: readonly PhraseFinder[]) {
    this.#finders = finders;
  }

  push(chunk: Buffer): Buffer {
    const begin = this.#heldFrom + this.#held.length;
    for (const finder of this.#finders) {
      finder.read(chunk, begin, (name, from, to) => {
        this.#seen.add(name);
        this.#found.push({ name, from, to });
      });
    }
    this.#held = this.#held.length === 0 ? chunk : Buffer.concat([this.#held, chunk]);
    return this.#release(Math.min(...this.#finders.map((finder) => finder.pendingFrom())));
  }

  end(): Buffer {
    return this.#release(Infinity);
  }

  leaks(): readonly string[] {
    return [...this.#seen].sort();
  }

  /** Gives out what lies before `offset`, each place of a secret replaced once, however many of its forms overlap there. */
  #release(offset: number): Buffer {
    let end = Math.min(offset, this.#heldFrom + this.#held.length);
    for (const { from, to } of this.#found) if (to > end) end = Math.min(end, from);
    // What begins before was given out at a pause.
    end = Math.max(end, this.#heldFrom);
    const parts: Buffer[] = [];
    let at = this.#heldFrom;
    for (const { name, from, to } of this.#found.sort((one, other) => one.from - other.from)) {
      if (to > end) continue;
      if (from >= at) parts.push(this.#slice(at, from), Buffer.from(`[${name}]`));
      at = Math.max(at, to);
    }
    parts.push(this.#slice(at, end));
    this.#found = this.#found.filter(({ to }) => to > end);
    // A copy: a slice would keep the whole chunk alive.
    this.#held = Buffer.from(this.#held.subarray(end - this.#heldFrom));
    this.#heldFrom = end;
    return parts.length === 1 ? (parts[0] ?? Buffer.alloc(0)) : Buffer.concat(parts);
  }

  #slice(from: number, to: number): Buffer {
    return this.#held.subarray(from - this.#heldFrom, Math.max(from, to) - this.#heldFrom);
  }
}
