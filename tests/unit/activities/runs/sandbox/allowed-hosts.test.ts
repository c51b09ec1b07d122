import { describe, expect, it } from 'vitest';
import {
  findRoute,
  isPrivateAddress,
  parseTarget,
} from '../../../../../activities/runs/sandbox/allowed-hosts.ts';

const NAMES: Readonly<Record<string, readonly string[]>> = {
  'api.example.com': ['8.8.8.8'],
  'rebound.example.com': ['127.0.0.1', '169.254.169.254', '10.0.0.1'],
  'gateway.example.com': ['10.1.2.3'],
};

const routeTo = async (target: string, hosts: readonly string[]) => {
  const parsed = parseTarget(target);
  if (parsed === null) return 'no address';
  const lookUp = (host: string) => Promise.resolve(NAMES[host] ?? ['8.8.4.4']);
  const route = await findRoute(parsed, { hosts, lookUp });
  return route.kind === 'open' ? route.addresses.join() : 'refused';
};

describe('the way to a host', () => {
  it.each([
    ['api.example.com:443', 'api.example.com:443', '8.8.8.8'],
    ['API.Example.com.:443', 'api.example.com:443', '8.8.8.8'],
    ['a.b.example.com:443', '*.example.com:443', '8.8.4.4'],
    ['127.0.0.1:4010', '127.0.0.1:4010', '127.0.0.1'],
    ['localhost:4010', '127.0.0.1:4010', '127.0.0.1'],
    ['127.0.0.1:4010', 'localhost:4010', '127.0.0.1'],
    ['[::1]:4010', '[::1]:4010', '::1'],
    ['gateway.example.com:443', 'gateway.example.com:443,10.1.2.3:443', '10.1.2.3'],
  ])('%s is open where %s is listed', async (target, hosts, addresses) => {
    expect(await routeTo(target, hosts.split(','))).toBe(addresses);
  });

  it.each([
    ['api.example.com:80', 'api.example.com:443'],
    ['example.com:443', '*.example.com:443'],
    ['badexample.com:443', '*.example.com:443'],
    ['api.example.com.evil.net:443', 'api.example.com:443'],
    ['8.8.8.8:443', 'api.example.com:443'],
    ['127.0.0.1:4010', '*:4010'],
    ['127.0.0.1:4011', '127.0.0.1:4010'],
    ['[::ffff:127.0.0.1]:4010', '127.0.0.1:4010'],
    ['rebound.example.com:443', 'rebound.example.com:443'],
    ['rebound.example.com:443', '*.example.com:443'],
    ['gateway.example.com:443', 'gateway.example.com:443,10.1.2.3:80'],
  ])('%s is refused where only %s is listed', async (target, hosts) => {
    expect(await routeTo(target, hosts.split(','))).toBe('refused');
  });

  it.each([
    ...['user@host:1', 'host', 'host:0', 'host:70000', 'http://host:1', 'a b:1', '', ':80'],
  ])('"%s" is no address', async (target) => {
    expect(await routeTo(target, ['host:1'])).toBe('no address');
  });
});

it.each([
  ...['127.0.0.1', '10.1.1.1', '172.31.0.1', '192.168.1.1', '169.254.169.254', '100.100.100.200'],
  ...['0.0.0.0', '224.0.0.1', '255.255.255.255', '::1', '::', '::ffff:127.0.0.1', '::7f00:1'],
  ...['fd00:ec2::254', 'fe80::1', '64:ff9b::7f00:1', '2002:7f00:1::', 'not an address'],
])('%s is not on the public internet', (address) => {
  expect(isPrivateAddress(address)).toBe(true);
});

it.each(['8.8.8.8', '172.32.0.1', '160.79.104.10', '2607:6bc0::10'])('%s is', (address) => {
  expect(isPrivateAddress(address)).toBe(false);
});
