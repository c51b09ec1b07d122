import { setTimeout as pause } from 'node:timers/promises';
import {
  DefaultLogger,
  makeTelemetryFilterString,
  NativeConnection,
  Runtime,
} from '@temporalio/worker';
import type { LogLevel as SdkLevel } from '@temporalio/worker';
import type { Logger } from 'pino';
import { reasonOf } from './reason-of.ts';

const LEVELS: Readonly<Record<SdkLevel, 'trace' | 'debug' | 'info' | 'warn' | 'error'>> = {
  TRACE: 'trace',
  DEBUG: 'debug',
  INFO: 'info',
  WARN: 'warn',
  ERROR: 'error',
};

/** What the SDK warns of and we mean: most of our queues carry activities only. */
const INTENDED = /^No (workflows|activities|Nexus services) registered/;

/** Sends the SDK's and Core's logs to `log`, and serves Core's Prometheus metrics on `metricsAddress` (null = off). Once a process. */
export function installRuntime(log: Logger, metricsAddress: string | null): void {
  Runtime.install({
    logger: new DefaultLogger(log.isLevelEnabled('debug') ? 'DEBUG' : 'INFO', (entry) => {
      const level = INTENDED.test(entry.message) ? 'debug' : LEVELS[entry.level];
      log[level](entry.meta ?? {}, entry.message);
    }),
    telemetryOptions: {
      logging: { forward: {}, filter: makeTelemetryFilterString({ core: 'WARN', other: 'ERROR' }) },
      ...(metricsAddress !== null && {
        metrics: { prometheus: { bindAddress: metricsAddress, countersTotalSuffix: true } },
      }),
    },
  });
}

const RETRY_MS = 1000;
/** Say it again every so many tries. */
const SAY_EVERY = 10;

/** A worker's connection; waits for the server as long as it takes and says so. */
export async function connectWorker(address: string, log: Logger): Promise<NativeConnection> {
  for (let tries = 0; ; tries += 1) {
    try {
      return await NativeConnection.connect({ address });
    } catch (error) {
      if (tries % SAY_EVERY === 0) {
        const reason = reasonOf(error);
        log.warn({ address, reason }, 'Temporal does not answer, trying again every second');
      }
      await pause(RETRY_MS);
    }
  }
}
