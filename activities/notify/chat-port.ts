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

/** Whether one more call, made in `afterMs`, would end in time. */
export function hasTimeFor({ chat, deadlineMs }: ChatPorts, afterMs = 0): boolean {
  return Date.now() + afterMs + chat.timeoutMs <= deadlineMs;
}
