import { request } from 'node:http';
import { json } from 'node:stream/consumers';
import type { Client } from '@temporalio/client';
import { openLedger } from '../../activities/ledger/ledger.ts';
import { reachSocket } from '../../activities/runs/unix-socket.ts';
import { ATTRIBUTES } from '../../workflows/contract.ts';
import type { CommonConfig } from '../config.ts';
import { openTemporalClient, within } from '../temporal-client.ts';
import { reasonOf } from '../reason-of.ts';
import { ok, problem } from './finding.ts';
import type { Check, Finding } from './finding.ts';

const CALL_MS = 5000;
const TEMPORAL_FIX =
  'start the Temporal server, or set ORCH_TEMPORAL_ADDRESS and ORCH_TEMPORAL_NAMESPACE to where it is';
const LEDGER_FIX = 'start the ledger, or set ORCH_LEDGER_URL to where it is';
const RUNNER_FIX = 'start "orch runner" on this host, with the same ORCH_RUNNER_SOCKET';

/** The servers every process of ours stands on. */
export function baseChecks(config: CommonConfig): readonly Check[] {
  return [
    { name: 'temporal', fix: TEMPORAL_FIX, look: () => checkTemporal(config) },
    { name: 'ledger', fix: LEDGER_FIX, look: async () => [await checkLedger(config)] },
  ];
}

/** The service that holds this host's runs. */
export function runnerCheck(socket: string): Check {
  return {
    name: 'runner',
    fix: RUNNER_FIX,
    look: async () => [ok('runner', `answers at ${socket}, pid ${await askRunner(socket)}`)],
  };
}

/** Types of search attributes as numbers of Temporal's API. */
const TYPES: Readonly<Record<string, number>> = { KEYWORD: 2, BOOL: 5, DATETIME: 6 };

async function checkTemporal({ temporal }: CommonConfig): Promise<readonly Finding[]> {
  const { address, namespace } = temporal;
  const client = openTemporalClient(temporal);
  try {
    const wrong = await findUnregistered(client, namespace);
    if (wrong.length === 0) {
      return [ok('temporal', `${address}, namespace ${namespace}, search attributes registered`)];
    }
    const names = wrong.map(({ name }) => name).join(', ');
    const create = `temporal operator search-attribute create --namespace ${namespace}`;
    const commands = wrong.map(
      ({ name, type }) => `${create} --name ${name} --type ${capitalised(type)}`,
    );
    return [problem('temporal', `search attributes are missing: ${names}`, commands.join(' && '))];
  } catch (error) {
    const text = `${address}, namespace ${namespace}: ${reasonOf(error)}`;
    return [problem('temporal', text, TEMPORAL_FIX)];
  } finally {
    await client.connection.close();
  }
}

async function findUnregistered(client: Client, namespace: string) {
  const { customAttributes } = await within(client, CALL_MS, async () => {
    await client.workflowService.describeNamespace({ namespace });
    return client.connection.operatorService.listSearchAttributes({ namespace });
  });
  const known = new Map<string, number>(Object.entries(customAttributes));
  return Object.values(ATTRIBUTES).filter(({ name, type }) => known.get(name) !== TYPES[type]);
}

const capitalised = (type: string): string => `${type.charAt(0)}${type.slice(1).toLowerCase()}`;

async function checkLedger({ ledgerUrl }: CommonConfig): Promise<Finding> {
  const ledger = openLedger({
    ...{ url: ledgerUrl, maxConnections: 1, onBrokenConnection: () => undefined },
  });
  try {
    const missing = await ledger.findMissingMigrations();
    const { host } = new URL(ledgerUrl);
    if (missing.length === 0) return ok('ledger', `${host}, its schema is up to date`);
    const fix = 'run "orch ledger migrate"; the embedded ledger does it when it starts';
    return problem('ledger', `${host} lacks ${missing.join(', ')}`, fix);
  } finally {
    await ledger.close();
  }
}

async function askRunner(socketPath: string): Promise<number> {
  const answer = await reachSocket(socketPath, async (reachable) => {
    const call = request({
      ...{ socketPath: reachable, path: '/health', agent: false },
      signal: AbortSignal.timeout(CALL_MS),
    });
    return new Promise<unknown>((resolve, reject) => {
      call.once('response', (response) => {
        json(response).then(resolve, reject);
      });
      call.once('error', reject);
      call.end();
    });
  });
  const { name, pid } = answer as { name?: unknown; pid?: unknown };
  if (name !== 'runner') throw new Error(`what listens at ${socketPath} is no runner of ours`);
  return Number(pid);
}
