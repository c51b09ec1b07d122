import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { ATTRIBUTES } from '../../workflows/contract.ts';
import { ConfigurationError } from '../env-reader.ts';
import type { DevPorts } from './ports.ts';

/** Raised limits: without them the dev server reads a queue every 53 ms. */
const DYNAMIC_CONFIG = [
  'history.transferProcessorMaxPollRPS=2000',
  'history.timerProcessorMaxPollRPS=2000',
  'system.enableActivityEagerExecution=true',
  'history.enableChasm=false',
];
const FOUND_BY_SETUP = 'node_modules/.cache/orchestrator/temporal-cli-path';

/** The Temporal CLI: TEMPORAL_CLI_PATH, else what the set-up program found. Throws ConfigurationError. */
export async function findTemporalCli(env: NodeJS.ProcessEnv): Promise<string> {
  const given = env['TEMPORAL_CLI_PATH'];
  if (given !== undefined && given !== '') return given;
  const found = await readFile(resolve(FOUND_BY_SETUP), 'utf8').catch(() => '');
  if (found.trim() !== '') return found.trim();
  throw new ConfigurationError('The Temporal CLI', [
    'was not found: run "node infra/setup/main.mjs", or set TEMPORAL_CLI_PATH',
  ]);
}

/** Flags every dev server of ours gets: the raised limits and the search attributes of the contract. */
export const DEV_SERVER_FLAGS: readonly string[] = [
  ...DYNAMIC_CONFIG.flatMap((value) => ['--dynamic-config-value', value]),
  ...Object.values(ATTRIBUTES).flatMap(({ name, type }) => [
    '--search-attribute',
    `${name}=${type.charAt(0)}${type.slice(1).toLowerCase()}`,
  ]),
];

/** Command line of the embedded Temporal server with its UI; `dbFile` keeps its state. */
export function temporalArgv(cli: string, ports: DevPorts, dbFile: string): [string, ...string[]] {
  return [
    cli,
    'server',
    'start-dev',
    ...['--ip', '127.0.0.1', '--ui-ip', '127.0.0.1'],
    ...['--port', String(ports.temporal), '--ui-port', String(ports['temporal-ui'])],
    ...['--db-filename', dbFile, '--log-level', 'error'],
    ...DEV_SERVER_FLAGS,
  ];
}
