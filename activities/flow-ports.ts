import type { WorkflowClient } from '@temporalio/client';
import type { Logger } from 'pino';
import type { ProviderLimits } from '../workflows/domain/agent-slot.ts';
import type { PublicAddresses } from '../workflows/domain/links.ts';
import type { Board } from './board/board.ts';
import type { ForgeClient } from './clients/gitea/client.ts';
import type { ChatClient } from './clients/telegram/client.ts';
import type { Ledger } from './ledger/ledger.ts';
import type { ProjectRegistry } from './projects.ts';

/** What the short activities need from outside. One set per process: the board keeps caches. */
export interface FlowPorts {
  registry: ProjectRegistry;
  board: Board;
  forge: ForgeClient;
  /** null = no chat is configured: no card, and notices are only claimed */
  chat: ChatClient | null;
  ledger: Ledger;
  workflows: WorkflowClient;
  addresses: PublicAddresses;
  /** what a provider may be given, by its name */
  providerLimits: (provider: string) => ProviderLimits;
  log: Logger;
  /** counts messages the chat did not take */
  chatFailed: (what: 'card' | 'notice') => void;
}
