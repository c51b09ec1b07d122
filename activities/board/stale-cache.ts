interface Entry<T> {
  value: T;
  readAt: number;
}

/** Values read from outside, kept for `ttlMs` by key; when reading again fails, the old one stays in use. */
export class StaleCache<T> {
  readonly #entries = new Map<string, Entry<T>>();
  readonly #options: { ttlMs: number; now: () => number };

  constructor(options: { ttlMs: number; now: () => number }) {
    this.#options = options;
  }

  /** The value under `key`. Throws what `load` throws when there is no older value to fall back on. */
  async read(key: string, load: () => Promise<T>): Promise<T> {
    const { ttlMs, now } = this.#options;
    const kept = this.#entries.get(key);
    if (kept !== undefined && now() - kept.readAt < ttlMs) return kept.value;
    try {
      const value = await load();
      this.#entries.set(key, { value, readAt: now() });
      return value;
    } catch (error) {
      if (kept === undefined) throw error;
      return kept.value;
    }
  }

  forget(key: string): void {
    this.#entries.delete(key);
  }
}
