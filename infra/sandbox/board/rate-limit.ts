import { Refusal } from './board-context.ts';

const WINDOW_MS = 60_000;

/** Counts calls per key over a sliding minute, as the board's throttle does. */
export class RateLimit {
  readonly #calls = new Map<string, number[]>();

  /** Counts one call and returns the headers of an allowed answer; throws the 429 Refusal, which carries only Retry-After. */
  count(key: string, perMinute: number): Record<string, string> {
    const nowMs = Date.now();
    const recent = (this.#calls.get(key) ?? []).filter((atMs) => atMs > nowMs - WINDOW_MS);
    const [oldestMs] = recent;
    if (recent.length >= perMinute && oldestMs !== undefined) {
      const waitSeconds = Math.max(1, Math.ceil((oldestMs + WINDOW_MS - nowMs) / 1000));
      const body = { error_code: 5900, error_message: 'RATE_LIMIT_EXCEEDED' };
      throw new Refusal(429, body, { 'Retry-After': String(waitSeconds) });
    }
    recent.push(nowMs);
    this.#calls.set(key, recent);
    return {
      'X-RateLimit-Remaining': String(perMinute - recent.length),
      'X-RateLimit-Reset': String(Math.floor((nowMs + WINDOW_MS) / 1000)),
    };
  }
}
