import type { Logger } from 'pino';
import { openLedger } from '../activities/ledger/ledger.ts';
import type { Ledger } from '../activities/ledger/ledger.ts';
import type { CommonConfig } from './config.ts';

/** The ledger of a process; a connection that breaks is only logged. */
export function openProcessLedger({ ledgerUrl }: CommonConfig, log: Logger): Ledger {
  return openLedger({
    url: ledgerUrl,
    maxConnections: 4,
    onBrokenConnection: (error) => {
      log.warn({ err: error }, 'ledger connection lost');
    },
  });
}
