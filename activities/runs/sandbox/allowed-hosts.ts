import { lookup } from 'node:dns/promises';
import { BlockList, isIP } from 'node:net';

/** Where a connection may go: every address a name has, checked. */
export type Route = { kind: 'open'; addresses: readonly string[] } | { kind: 'refused' };

/** All addresses of a host name. */
export type LookUp = (host: string) => Promise<readonly string[]>;

/** The resolver of this machine. */
export const lookUpAll: LookUp = async (host) =>
  (await lookup(host, { all: true })).map(({ address }) => address);

/** Not on the public internet: this host, its networks, link-local (metadata services), and forms that hide such an address. */
// A list each: one that blocks mapped IPv4 addresses would block every IPv4 address.
const NOT_PUBLIC = { ipv4: new BlockList(), ipv6: new BlockList() };
const RANGES = {
  ipv4: [
    ...['0.0.0.0/8', '10.0.0.0/8', '100.64.0.0/10', '127.0.0.0/8', '169.254.0.0/16'],
    ...['172.16.0.0/12', '192.0.0.0/24', '192.0.2.0/24', '192.88.99.0/24', '192.168.0.0/16'],
    ...['198.18.0.0/15', '198.51.100.0/24', '203.0.113.0/24', '224.0.0.0/4', '240.0.0.0/4'],
  ],
  ipv6: [
    ...['::/96', '::ffff:0:0/96', '64:ff9b::/96', '64:ff9b:1::/48', '100::/64', '2001::/23'],
    ...['2001:db8::/32', '2002::/16', 'fc00::/7', 'fe80::/10', 'fec0::/10', 'ff00::/8'],
  ],
} as const;
for (const family of ['ipv4', 'ipv6'] as const) {
  for (const range of RANGES[family]) {
    const [network = '', bits] = range.split('/');
    NOT_PUBLIC[family].addSubnet(network, Number(bits), family);
  }
}

/** Whether an address belongs to this host or its networks. Text that is no address counts as such. */
export function isPrivateAddress(address: string): boolean {
  if (isIP(address) === 0) return true;
  const family = isIP(address) === 6 ? 'ipv6' : 'ipv4';
  return NOT_PUBLIC[family].check(address, family);
}

/**
 * Decides where a connection to `host:port` may go. The name must be listed, or lie below a listed `*.` name; an address that is not
 * public must be listed itself, even when a listed name leads to it. Throws when the name cannot be looked up.
 */
export async function findRoute(
  target: { host: string; port: number },
  { hosts, lookUp }: { hosts: readonly string[]; lookUp: LookUp },
): Promise<Route> {
  const listed = new Set(hosts.map(normalise));
  const host = normaliseHost(target.host);
  const at = (name: string): string => `${name}:${target.port}`;
  const below = host.split('.').map((_, index, parts) => `*.${parts.slice(index).join('.')}`);
  if (isIP(host) !== 0) {
    return listed.has(at(host)) ? { kind: 'open', addresses: [host] } : { kind: 'refused' };
  }
  if (![host, ...below.slice(1)].some((name) => listed.has(at(name)))) return { kind: 'refused' };
  const addresses = (await lookUp(host)).filter(
    (address) => !isPrivateAddress(address) || listed.has(at(address)),
  );
  return addresses.length === 0 ? { kind: 'refused' } : { kind: 'open', addresses };
}

/** `host:port` of an address with or without brackets; null when it is neither. */
export function parseTarget(text: string): { host: string; port: number } | null {
  const found = /^(\[[\da-f:.]+\]|[^\s:/[\]@]+):(\d{1,5})$/i.exec(text);
  const port = Number(found?.[2]);
  if (found?.[1] === undefined || port < 1 || port > 65_535) return null;
  return { host: found[1].replaceAll(/[[\]]/g, ''), port };
}

function normalise(entry: string): string {
  const target = parseTarget(entry);
  return target === null ? entry : `${normaliseHost(target.host)}:${target.port}`;
}

function normaliseHost(host: string): string {
  const name = host.toLowerCase().replace(/\.$/, '');
  return name === 'localhost' ? '127.0.0.1' : name;
}
