import { once } from 'node:events';
import { chmod, open, rm } from 'node:fs/promises';
import { createServer, request } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { basename, dirname } from 'node:path';
import type { Duplex } from 'node:stream';
import { findRoute, lookUpAll, parseTarget } from './allowed-hosts.ts';
import type { LookUp } from './allowed-hosts.ts';
import type { SandboxNetwork } from './sandbox.ts';

/** A run's way out. */
export interface SandboxProxy {
  /** targets that were refused, `host:port`, each once, the first hundred */
  refused: () => readonly string[];
  close: () => Promise<void>;
}

const MOST_REFUSED = 100;
const CONNECT_MS = 30_000;
const HOP_BY_HOP = ['connection', 'keep-alive', 'proxy-authorization', 'proxy-connection', 'te'];

/**
 * Listens on the unix socket `socketPath` (0600; what is at the path is replaced) and lets through what `network` allows:
 * CONNECT and plain HTTP. Null = the network needs no proxy. Throws when it cannot listen.
 */
export async function startProxy(
  network: SandboxNetwork,
  socketPath: string,
  lookUp: LookUp = lookUpAll,
): Promise<SandboxProxy | null> {
  if (network.kind !== 'proxied') return null;
  const hosts = [...network.hosts, ...network.forwards.map(({ to }) => to)];
  const refused = new Set<string>();
  const reach: Reach = async (target) => {
    const found = parseTarget(target);
    const route = found && (await findRoute(found, { hosts, lookUp }));
    if (found === null || route?.kind !== 'open') {
      if (refused.size < MOST_REFUSED) refused.add(target.slice(0, 300));
      throw new Refused(target);
    }
    return connectFirst(route.addresses, found.port);
  };
  const sockets = new Set<Duplex>();
  const server = createServer((asked, answer) => void passRequest(reach, asked, answer));
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });
  server.on('connect', (asked, client, head) => void openTunnel(reach, { asked, client, head }));
  await listen(server, socketPath);
  return {
    refused: () => [...refused],
    close: async () => {
      server.close();
      for (const socket of sockets) socket.destroy();
      await rm(socketPath, { force: true });
    },
  };
}

/** Connects to `host:port` when that is allowed, throws Refused when not. */
type Reach = (target: string) => Promise<Socket>;

class Refused extends Error {
  constructor(target: string) {
    super(`the sandbox does not let this run reach ${target.slice(0, 300)}`);
  }
}

/** Through the folder's descriptor: the path of a unix socket may be 107 bytes long, a data folder's may be longer. */
async function listen(server: Server, socketPath: string): Promise<void> {
  await rm(socketPath, { force: true });
  const folder = await open(dirname(socketPath));
  try {
    server.listen(`/proc/self/fd/${folder.fd}/${basename(socketPath)}`);
    await once(server, 'listening');
  } finally {
    await folder.close();
  }
  await chmod(socketPath, 0o600);
}

/** The addresses were checked; the name is not asked again, so it cannot lead elsewhere by now. */
async function connectFirst(addresses: readonly string[], port: number): Promise<Socket> {
  let problem: unknown = null;
  for (const host of addresses) {
    const socket = connect({ host, port, allowHalfOpen: true });
    try {
      await once(socket, 'connect', { signal: AbortSignal.timeout(CONNECT_MS) });
      return socket;
    } catch (error) {
      socket.destroy();
      problem = error;
    }
  }
  throw problem;
}

async function openTunnel(
  reach: Reach,
  { asked, client, head }: { asked: IncomingMessage; client: Duplex; head: Buffer },
): Promise<void> {
  client.on('error', () => client.destroy());
  try {
    const upstream = await reach(asked.url ?? '');
    upstream.on('error', () => client.destroy());
    client.on('close', () => upstream.destroy());
    client.write('HTTP/1.1 200 Connection Established\r\n\r\n');
    if (head.length > 0) upstream.write(head);
    upstream.pipe(client);
    client.pipe(upstream);
  } catch (error) {
    const { status, text } = describe(error);
    client.end(`HTTP/1.1 ${status}\r\nContent-Length: ${text.length}\r\n\r\n${text}`);
  }
}

async function passRequest(
  reach: Reach,
  asked: IncomingMessage,
  answer: ServerResponse,
): Promise<void> {
  try {
    const url = new URL(asked.url ?? '', 'invalid:');
    if (url.protocol !== 'http:') throw new Refused(asked.url ?? '');
    const socket = await reach(`${url.hostname}:${url.port || 80}`);
    const headers = { ...asked.headers, host: url.host, connection: 'close' };
    for (const name of HOP_BY_HOP.slice(1)) Reflect.deleteProperty(headers, name);
    const upstream = request({
      ...{ method: asked.method ?? 'GET', path: `${url.pathname}${url.search}`, headers },
      createConnection: () => socket,
    });
    upstream.on('response', (response) => {
      answer.writeHead(response.statusCode ?? 502, response.headers);
      response.pipe(answer);
    });
    upstream.on('error', () => answer.destroy());
    answer.on('close', () => upstream.destroy());
    asked.pipe(upstream);
  } catch (error) {
    const { status, text } = describe(error);
    answer.writeHead(Number(status.slice(0, 3)), { 'content-type': 'text/plain' }).end(text);
  }
}

function describe(error: unknown): { status: string; text: string } {
  if (error instanceof Refused) return { status: '403 Forbidden', text: `${error.message}\n` };
  return { status: '502 Bad Gateway', text: 'the sandbox cannot reach it\n' };
}
