import { z } from 'zod';

const LOG_LENGTH = 500;
const REORDER_WINDOW_MS = 200;

const Switches = z.object({
  off: z.boolean().optional(),
  dropNext: z.number().int().min(0).optional(),
  duplicate: z.number().int().min(1).optional(),
  reorder: z.boolean().optional(),
  delayMs: z.number().min(0).optional(),
});

/** One webhook to send. `render` is called for every attempt, at send time, so a body may tell newer state and ids may differ. */
export interface Delivery {
  readonly url: string;
  /** A word for the log, such as the event name. */
  readonly event: string;
  readonly timeoutMs: number;
  readonly render: () => { headers: Record<string, string>; body: string };
  /** Waits between attempts after connection errors; an answer of any status is never retried. Default none. */
  readonly retryDelaysMs?: readonly number[];
  /** Told once, when the last attempt failed to connect. */
  readonly onGivenUp?: () => void;
}

/** What became of one attempt. `status` null: no answer came, `error` says why; a delivery not sent has `outcome` off or dropped. */
export interface DeliveryRecord {
  readonly at: string;
  readonly event: string;
  readonly url: string;
  readonly outcome: 'answered' | 'failed' | 'off' | 'dropped';
  readonly status: number | null;
  readonly error: string | null;
  readonly headers: Record<string, string>;
  readonly body: string;
}

/** Sends webhooks in order, one at a time per address as a single worker does; keeps the last 500 attempts, and can drop, duplicate (at once), reorder, delay or mute. */
export class Deliveries {
  readonly #log: DeliveryRecord[] = [];
  readonly #timers = new Set<NodeJS.Timeout>();
  #switches = { off: false, dropNext: 0, duplicate: 1, reorder: false, delayMs: 0 };
  readonly #lines = new Map<string, Promise<void>>();
  #held: Delivery[] = [];
  #pending = 0;

  /** Changes the named switches only; the rest stay. Throws ZodError on nonsense. */
  configure(input: unknown): void {
    const given = Object.entries(Switches.parse(input)).filter(([, value]) => value !== undefined);
    this.#switches = { ...this.#switches, ...(Object.fromEntries(given) as object) };
  }

  /** The switches, how many deliveries were not yet tried once, and the log, oldest first. */
  describe(): { switches: object; pending: number; log: readonly DeliveryRecord[] } {
    return { switches: this.#switches, pending: this.#pending, log: this.#log };
  }

  /** Takes one delivery; returns at once and never throws. */
  send(delivery: Delivery): void {
    const { off, dropNext, duplicate, reorder, delayMs } = this.#switches;
    if (off) {
      this.#note(delivery, { outcome: 'off' });
    } else if (dropNext > 0) {
      this.#switches.dropNext -= 1;
      this.#note(delivery, { outcome: 'dropped' });
    } else {
      this.#pending += 1;
      if (reorder) this.#hold(delivery);
      else
        this.#after(delayMs, () => {
          this.#queue(delivery, duplicate);
        });
    }
  }

  /** Forgets everything not yet sent. */
  close(): void {
    for (const timer of this.#timers) clearTimeout(timer);
    this.#timers.clear();
    this.#held = [];
  }

  #hold(delivery: Delivery): void {
    this.#held.push(delivery);
    if (this.#held.length > 1) return;
    this.#after(REORDER_WINDOW_MS, () => {
      const { duplicate, delayMs } = this.#switches;
      const newestFirst = this.#held.toReversed();
      this.#held = [];
      for (const held of newestFirst)
        this.#after(delayMs, () => {
          this.#queue(held, duplicate);
        });
    });
  }

  #queue(delivery: Delivery, copies: number): void {
    const retryDelaysMs = delivery.retryDelaysMs ?? [];
    this.#inLine(delivery, async () => {
      await Promise.all(
        Array.from({ length: copies }, () => this.#attempt(delivery, retryDelaysMs)),
      );
      this.#pending -= 1;
    });
  }

  #inLine({ url }: Delivery, job: () => Promise<void>): void {
    const before = this.#lines.get(url) ?? Promise.resolve();
    this.#lines.set(url, before.then(job));
  }

  #after(delayMs: number, run: () => void): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      run();
    }, delayMs);
    this.#timers.add(timer);
  }

  async #attempt(delivery: Delivery, retryDelaysMs: readonly number[]): Promise<void> {
    const request = delivery.render();
    try {
      const answer = await fetch(delivery.url, {
        method: 'POST',
        headers: request.headers,
        body: request.body,
        redirect: 'manual',
        signal: AbortSignal.timeout(delivery.timeoutMs),
      });
      await answer.body?.cancel();
      this.#note(delivery, { outcome: 'answered', status: answer.status, request });
    } catch (error) {
      this.#note(delivery, { outcome: 'failed', error: describeError(error), request });
      const [delayMs, ...rest] = retryDelaysMs;
      if (delayMs === undefined) delivery.onGivenUp?.();
      else
        this.#after(delayMs, () => {
          this.#inLine(delivery, () => this.#attempt(delivery, rest));
        });
    }
  }

  #note(delivery: Delivery, attempt: Attempt): void {
    const { headers, body } = attempt.request ?? delivery.render();
    const { event, url } = delivery;
    const { outcome, status = null, error = null } = attempt;
    this.#log.push({
      at: new Date().toISOString(),
      event,
      url,
      outcome,
      status,
      error,
      headers,
      body,
    });
    if (this.#log.length > LOG_LENGTH) this.#log.shift();
  }
}

interface Attempt {
  outcome: DeliveryRecord['outcome'];
  status?: number;
  error?: string;
  request?: ReturnType<Delivery['render']>;
}

function describeError(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? `${error.message}: ${error.cause.message}` : error.message;
}
