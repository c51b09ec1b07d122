import { once } from 'node:events';
import { createServer } from 'node:net';
import { ConfigurationError } from '../env-reader.ts';

/** Ports of everything `orch dev` starts, all on 127.0.0.1. */
export const DEV_PORTS = {
  temporal: 7233,
  'temporal-ui': 8233,
  ledger: 5433,
  forge: 3300,
  board: 3400,
  chat: 3500,
  api: 8500,
  staging: 8601,
  production: 8600,
} as const;
export type DevPorts = Record<keyof typeof DEV_PORTS, number>;

/** Addresses of what listens on `ports`, no trailing slashes. */
export function devUrls(ports: DevPorts): Record<keyof DevPorts, string> {
  const entries = namesOf(ports).map((name) => [name, `http://127.0.0.1:${ports[name]}`]);
  return Object.fromEntries(entries) as Record<keyof DevPorts, string>;
}

/**
 * The ports to use: the defaults, changed by `asked` entries such as `api=9500`, where 0 picks a free one. Throws
 * ConfigurationError naming every wrong entry and every port that is taken.
 */
export async function chooseDevPorts(asked: readonly string[]): Promise<DevPorts> {
  const ports: DevPorts = { ...DEV_PORTS };
  const problems: string[] = [];
  for (const entry of asked) applyEntry(ports, entry, problems);
  if (problems.length === 0) await settlePorts(ports, problems);
  if (problems.length > 0) throw new ConfigurationError('The ports', problems);
  return ports;
}

function applyEntry(ports: DevPorts, entry: string, problems: string[]): void {
  const [name = '', text = ''] = entry.split('=');
  const port = Number(text);
  const isPort = /^\d+$/.test(text) && port <= 65_535;
  if (name === 'all' && text === '0') {
    for (const key of namesOf(ports)) ports[key] = 0;
  } else if (isDevPort(name) && isPort) {
    ports[name] = port;
  } else {
    const known = Object.keys(DEV_PORTS).join(', ');
    problems.push(`--port ${entry}: use NAME=NUMBER with a name of ${known}, or all=0`);
  }
}

async function settlePorts(ports: DevPorts, problems: string[]): Promise<void> {
  const used = new Set<number>();
  for (const name of namesOf(ports)) {
    const isFixed = ports[name] !== 0;
    const port = await bindOnce(ports[name]);
    if (port === null || used.has(port)) {
      const wanted = ports[name];
      problems.push(
        `${name}: ${wanted} is taken; free it or give another one: --port ${name}=NUMBER`,
      );
    } else if (!isFixed) ports[name] = port;
    used.add(port ?? 0);
  }
}

/** Binds a port for a moment; null when it is taken. */
async function bindOnce(port: number): Promise<number | null> {
  const server = createServer();
  try {
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    return address === null || typeof address === 'string' ? null : address.port;
  } catch {
    return null;
  } finally {
    server.close();
  }
}

const isDevPort = (name: string): name is keyof DevPorts => name in DEV_PORTS;
const namesOf = (ports: DevPorts): (keyof DevPorts)[] => Object.keys(ports).filter(isDevPort);
