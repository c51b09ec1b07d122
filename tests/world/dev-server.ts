import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { resolve } from 'node:path';
import { DEV_SERVER_FLAGS } from '../../workers/dev/temporal-cli.ts';
import { waitForTemporal } from '../../workers/dev/wait-for-temporal.ts';

/** Ends the server when its stdin closes, so it cannot outlive the test run, however that ends. */
const ENDS_WITH_PARENT = '"$@" </dev/null & server=$!; cat >/dev/null; kill $server; wait $server';

/** A Temporal dev server in memory, with the search attributes of the contract. */
export interface DevServer {
  address: string;
  stop(): Promise<void>;
}

/** As the setup program finds it: a run of vitest without npm has to work on a fresh machine too. */
function findTemporalCli() {
  const setup = resolve('infra/setup/main.mjs');
  return execFileSync(process.execPath, [setup, '--print-temporal'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
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

function serverArgv(port: number) {
  const listen = ['--headless', '--ip', '127.0.0.1', '--port', String(port)];
  const argv = [findTemporalCli(), 'server', 'start-dev', ...listen, '--log-level', 'error'];
  return [...argv, ...DEV_SERVER_FLAGS];
}

/** Starts a server on a free port and waits until it answers; throws with what it said when it does not. */
export async function startDevServer(): Promise<DevServer> {
  const port = await findFreePort();
  const child = spawn('sh', ['-c', ENDS_WITH_PARENT, 'sh', ...serverArgv(port)], {
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
  try {
    await waitForTemporal(address);
  } catch (error) {
    await stop();
    throw new Error(`The dev server of the tests does not start: ${complaints}`, { cause: error });
  }
  return { address, stop };
}
