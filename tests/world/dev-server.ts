import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { resolve } from 'node:path';
import { Connection } from '@temporalio/client';
import { ATTRIBUTES } from '../../workflows/contract.ts';

const READY_WITHIN_MS = 20_000;
const RETRY_EVERY_MS = 50;
/** Without these the dev server reads a queue every 53 ms, and one activity costs 100 ms. */
const FAST = {
  'history.transferProcessorMaxPollRPS': 2000,
  'history.timerProcessorMaxPollRPS': 2000,
  'system.enableActivityEagerExecution': true,
  'history.enableChasm': false,
};
/** Ends the server when its stdin closes, so it cannot outlive the test run, however that ends. */
const ENDS_WITH_PARENT = '"$@" </dev/null & server=$!; cat >/dev/null; kill $server; wait $server';

/** A Temporal dev server in memory, with the search attributes of the contract. */
export interface DevServer {
  address: string;
  stop(): Promise<void>;
}

function findTemporalCli() {
  const setup = resolve('infra/setup/main.mjs');
  const stdio = ['ignore', 'pipe', 'inherit'] as const;
  return execFileSync(process.execPath, [setup, '--print-temporal'], { stdio: [...stdio] })
    .toString()
    .trim();
}

async function findFreePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

function serverArguments(port: number) {
  const attributes = Object.values(ATTRIBUTES).map(
    ({ name, type }) => `${name}=${type.charAt(0)}${type.slice(1).toLowerCase()}`,
  );
  const dynamic = Object.entries(FAST).map(([key, value]) => `${key}=${String(value)}`);
  return [
    ...['server', 'start-dev', '--headless', '--ip', '127.0.0.1', '--port', String(port)],
    ...['--log-level', 'error'],
    ...attributes.flatMap((attribute) => ['--search-attribute', attribute]),
    ...dynamic.flatMap((value) => ['--dynamic-config-value', value]),
  ];
}

async function isReady(address: string) {
  try {
    const connection = await Connection.connect({ address, connectTimeout: '1s' });
    try {
      await connection.workflowService.describeNamespace({ namespace: 'default' });
      return true;
    } finally {
      await connection.close();
    }
  } catch {
    return false;
  }
}

/** Starts a server on a free port and waits until it answers; throws with what it said when it does not. */
export async function startDevServer(): Promise<DevServer> {
  const cli = findTemporalCli();
  const port = await findFreePort();
  const child = spawn('sh', ['-c', ENDS_WITH_PARENT, 'sh', cli, ...serverArguments(port)], {
    stdio: ['pipe', 'ignore', 'pipe'],
  });
  let complaints = '';
  child.stderr.on('data', (chunk: Buffer) => (complaints += chunk.toString()));
  const ended = once(child, 'exit');
  const stop = async () => {
    child.stdin.end();
    await ended;
  };
  const address = `127.0.0.1:${port}`;
  const deadline = Date.now() + READY_WITHIN_MS;
  while (!(await isReady(address))) {
    if (Date.now() > deadline) {
      await stop();
      throw new Error(`The Temporal dev server does not answer: ${complaints}`);
    }
    await new Promise((wake) => setTimeout(wake, RETRY_EVERY_MS));
  }
  return { address, stop };
}
