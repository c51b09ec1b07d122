/** A value that must not stay in what is kept; `name` is what stands in its place. */
export interface Secret {
  name: string;
  value: string;
}

/** Replaces secrets in a stream of bytes by `[name]`, in memory that does not grow with it. */
export interface Redactor {
  /** What can be kept of everything given so far; the rest, which may be the beginning of a secret, is held back. */
  push(chunk: Buffer): Buffer;
  /** What was held back. */
  end(): Buffer;
  /** names of the secrets seen so far, each once */
  leaks(): readonly string[];
}

const SHORTEST = 8;

/** A redactor of one stream. Values under 8 bytes are no secrets. */
export function createRedactor(secrets: readonly Secret[]): Redactor {
  const values = secrets.filter(({ value }) => Buffer.byteLength(value) >= SHORTEST);
  const longest = Math.max(0, ...values.map(({ value }) => Buffer.byteLength(value)));
  const seen = new Set<string>();
  let held = Buffer.alloc(0);
  const emit = (upTo: number): Buffer => {
    let text = held.toString('latin1');
    held = held.subarray(Math.min(upTo, held.length));
    text = text.slice(0, upTo);
    return Buffer.from(text, 'latin1');
  };
  return {
    push: (chunk) => {
      let text = Buffer.concat([held, chunk]).toString('latin1');
      for (const { name, value } of values) {
        const pattern = Buffer.from(value).toString('latin1');
        if (!text.includes(pattern)) continue;
        seen.add(name);
        text = text.replaceAll(pattern, () => `[${name}]`);
      }
      held = Buffer.from(text, 'latin1');
      return emit(Math.max(0, held.length - Math.max(0, longest - 1)));
    },
    end: () => emit(held.length),
    leaks: () => [...seen],
  };
}

/** Names of the secrets in `bytes`. */
export function findLeaks(bytes: Buffer, secrets: readonly Secret[]): string[] {
  const redactor = createRedactor(secrets);
  redactor.push(bytes);
  return [...redactor.leaks()];
}
