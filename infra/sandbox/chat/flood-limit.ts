import type { Limits } from './records.ts';

const SECOND_MS = 1000;
const MINUTE_MS = 60_000;

/** Counts sends per bot and chat, as the service's flood control does. */
export class FloodLimit {
  readonly #sent = new Map<string, number[]>();

  /** Counts one send and returns null, or the seconds to wait when it is one too many. */
  count({ botId, chatId }: { botId: number; chatId: number }, limits: Limits): number | null {
    const windows = [
      { key: `bot ${botId}`, windowMs: SECOND_MS, allowed: limits.perSecond },
      { key: `bot ${botId} chat ${chatId}`, windowMs: MINUTE_MS, allowed: limits.perChatPerMinute },
    ];
    const nowMs = Date.now();
    const recent = windows.map(({ key, windowMs, allowed }) => {
      const sentMs = (this.#sent.get(key) ?? []).filter((atMs) => atMs > nowMs - windowMs);
      const isFull = allowed !== null && sentMs.length >= allowed;
      const waitMs = isFull ? (sentMs[0] ?? nowMs) + windowMs - nowMs : 0;
      return { key, sentMs, waitMs };
    });
    const waitMs = Math.max(...recent.map((window) => window.waitMs));
    if (waitMs > 0) return Math.ceil(waitMs / SECOND_MS);
    for (const { key, sentMs } of recent) this.#sent.set(key, [...sentMs, nowMs]);
    return null;
  }
}
