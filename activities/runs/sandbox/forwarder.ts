/**
 * Runs inside a sandbox: `forwarder <socket> <port>=[<host:port>]... -- <command...>`. Listens on the given ports of the loopback,
 * pipes each connection to the proxy behind the unix socket (through CONNECT where an address is named), then runs the
 * command, hands signals on to it and ends as it ends.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import type { Socket } from 'node:net';
import { constants } from 'node:os';

const LONGEST_ANSWER = 16_384;
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

const separator = process.argv.indexOf('--');
const [socketPath = '', ...listeners] = process.argv.slice(2, separator);
const [program = '', ...args] = process.argv.slice(separator + 1);

for (const listener of listeners) {
  const [port, to = ''] = listener.split(/=(.*)/s);
  const server = createServer({ allowHalfOpen: true }, (client) => {
    forward(client, to);
  });
  server.listen(Number(port), '127.0.0.1');
  await once(server, 'listening');
  server.unref();
}
runCommand();

function forward(client: Socket, to: string): void {
  const proxy = connect({ path: socketPath, allowHalfOpen: true });
  const drop = (): void => {
    client.destroy();
    proxy.destroy();
  };
  client.on('error', drop);
  proxy.on('error', drop);
  const join = (): void => {
    client.pipe(proxy);
    proxy.pipe(client);
  };
  if (to === '') {
    join();
    return;
  }
  proxy.write(`CONNECT ${to} HTTP/1.1\r\nHost: ${to}\r\n\r\n`);
  awaitTunnel(proxy, join, drop);
}

function awaitTunnel(proxy: Socket, opened: () => void, refused: () => void): void {
  let answer = Buffer.alloc(0);
  const read = (chunk: Buffer): void => {
    answer = Buffer.concat([answer, chunk]);
    const end = answer.indexOf('\r\n\r\n');
    if (end < 0 && answer.length < LONGEST_ANSWER) return;
    proxy.off('data', read);
    proxy.pause();
    if (end < 0 || !/^HTTP\/1\.1 200 /.test(answer.toString('latin1'))) {
      refused();
      return;
    }
    const rest = answer.subarray(end + 4);
    if (rest.length > 0) proxy.unshift(rest);
    opened();
  };
  proxy.on('data', read);
  proxy.on('end', refused);
}

function runCommand(): void {
  const command = spawn(program, args, { stdio: 'inherit' });
  for (const signal of SIGNALS) process.on(signal, () => command.kill(signal));
  command.on('error', (error: NodeJS.ErrnoException) => {
    process.stderr.write(`cannot start ${program}: ${error.message}\n`);
    process.exit(error.code === 'ENOENT' ? 127 : 126);
  });
  command.on('exit', (code, signal) => {
    process.exit(code ?? 128 + (signal === null ? 0 : constants.signals[signal]));
  });
}
