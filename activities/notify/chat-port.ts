import type { Logger } from 'pino';
import type { ChatClient } from '../clients/telegram/client.ts';
import type { Ledger } from '../ledger/ledger.ts';

/** What notifying needs. `failed` counts messages the chat did not take, by what they were. */
export interface ChatPorts {
  chat: ChatClient;
  ledger: Ledger;
  log: Logger;
  failed: (what: 'card' | 'notice') => void;
  /** epoch ms by which the last call must have ended: a chat never costs a batch its time */
  deadlineMs: number;
}

const MAX_CALL_MS = 10_000;
const MIN_CALL_MS = 500;

/** How long one call made in `afterMs` may take: half of what is left, so that a second one fits; null = no time for any. */
export function callTimeMs({ deadlineMs }: ChatPorts, afterMs = 0): number | null {
  const half = (deadlineMs - Date.now() - afterMs) / 2;
  return half < MIN_CALL_MS ? null : Math.min(MAX_CALL_MS, Math.floor(half));
}
