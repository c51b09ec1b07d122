import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import type { Client } from '@temporalio/client';
import type { Logger } from 'pino';
import type { Ledger } from '../activities/ledger/ledger.ts';
import { createApp } from '../api/app.ts';
import { createMetrics } from '../api/metrics.ts';
import type { ReadinessCheck } from '../api/routes/service.ts';
import type { ApiConfig } from './config.ts';
import { ConfigurationError } from './env-reader.ts';
import { createTaskList } from './list-tasks.ts';
import type { LiveRegistry } from './registry.ts';
import { createTaskSignals } from './task-signals.ts';
import { openTemporalClient, within } from './temporal-client.ts';
import { openProcessLedger } from './wire-ledger.ts';
import { reasonOf } from './reason-of.ts';

/** A listening api. */
export interface RunningApi {
  url: string;
  /** Ends it: no new requests, those under way get their answer. */
  stop: () => Promise<void>;
}

const SIGNAL_EVERY_MS = 1000;
const CHECK_MS = 2000;

/** Starts the api; Temporal and ledger may be away, it then says so. Throws ConfigurationError when its port is taken. */
export async function startApi(
  config: ApiConfig,
  registry: LiveRegistry,
  log: Logger,
): Promise<RunningApi> {
  const client = openTemporalClient(config.temporal);
  const ledger = openProcessLedger(config, log);
  const app = createApp({
    signals: createTaskSignals(client),
    pace: () => pause(SIGNAL_EVERY_MS, undefined, { ref: false }),
    projects: () => registry.all(),
    secrets: config.webhookSecrets,
    bots: config.bots,
    version: readVersion(),
    checkReadiness: () => checkReadiness(client, ledger),
    notices: () => [registry.problem()].filter((notice) => notice !== null),
    listTasks: createTaskList({
      client,
      ledger,
      projects: () => registry.all(),
      addresses: config.addresses,
    }),
    readDocument: (id) => ledger.read(id),
    metrics: createMetrics(() => registry.problem() !== null),
    log,
  });
  const server = createServer(app);
  const { host, port } = config.listen;
  server.listen(port, host);
  await once(server, 'listening').catch((error: unknown) => {
    throw new ConfigurationError('The api', [describeListenError(error, host, port)]);
  });
  return {
    url: `http://${host}:${(server.address() as AddressInfo).port}`,
    stop: async () => {
      server.close();
      server.closeIdleConnections();
      if (server.listening) await once(server, 'close');
      await Promise.all([client.connection.close(), ledger.close()]);
    },
  };
}

async function checkReadiness(client: Client, ledger: Ledger): Promise<ReadinessCheck[]> {
  const checks = {
    temporal: () =>
      within(client, CHECK_MS, () =>
        client.workflowService.describeNamespace({ namespace: client.options.namespace }),
      ),
    ledger: () => ledger.ping(),
  };
  return Promise.all(
    Object.entries(checks).map(async ([name, check]) => ({ name, reason: await problemOf(check) })),
  );
}

async function problemOf(check: () => Promise<unknown>): Promise<string | null> {
  const late = new Error(`no answer within ${CHECK_MS} ms`);
  const limit = pause(CHECK_MS, null, { ref: false }).then(() => Promise.reject(late));
  try {
    await Promise.race([check(), limit]);
    return null;
  } catch (error) {
    return reasonOf(error);
  } finally {
    limit.catch(() => undefined);
  }
}

function describeListenError(error: unknown, host: string, port: number): string {
  const isTaken = error instanceof Error && 'code' in error && error.code === 'EADDRINUSE';
  return isTaken
    ? `port ${port} on ${host} is already taken: set ORCH_API_PORT to a free one`
    : `cannot listen on ${host}:${port}: ${reasonOf(error)}`;
}

function readVersion(): string {
  const manifest = readFileSync(new URL('../package.json', import.meta.url), 'utf8');
  return (JSON.parse(manifest) as { version: string }).version;
}
