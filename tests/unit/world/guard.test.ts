import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo, ListenOptions } from 'node:net';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it, vi } from 'vitest';

/** TEST-NET-1: belongs to nobody, so a guard that let it through would run into a time-out, not into a host. */
const outside = '192.0.2.1';
const refusal = /only loopback is allowed under test/;

async function listen(options: ListenOptions) {
  const server = createServer((_request, response) => response.end('here')).listen(options);
  await once(server, 'listening');
  return server;
}

describe('I17: no test can reach a real system', () => {
  it.each([
    ['an address', () => connect(80, outside)],
    ['a name', () => connect({ host: 'example.com', port: 443 })],
  ])('refuses a socket to %s', async (_, open) => {
    await expect(once(open(), 'connect')).rejects.toThrow(refusal);
  });

  it('refuses fetch', async () => {
    const reason: unknown = await fetch(`http://${outside}/`).catch((error: unknown) => error);
    expect(reason).toMatchObject({ cause: { message: expect.stringMatching(refusal) as string } });
  });

  it('refuses in the Node programs a test starts', async () => {
    const script = `fetch('http://${outside}/').catch((error) => console.log(error.cause.message))`;
    const { stdout } = await promisify(execFile)(process.execPath, ['-e', script]);
    expect(stdout).toMatch(refusal);
  });

  it.each(['127.0.0.1', 'localhost'])('lets loopback through as %s', async (host) => {
    await using server = await listen({ port: 0, host });
    const { port } = server.address() as AddressInfo;
    expect(await (await fetch(`http://${host}:${port}/`)).text()).toBe('here');
  });

  it('lets unix sockets through', async () => {
    const path = join(tmpdir(), `guard-${process.pid}.sock`);
    await using server = await listen({ path });
    const socket = connect(path);
    await once(socket, 'connect');
    socket.destroy();
    expect(server.listening).toBe(true);
  });

  it('takes the credentials of the calling shell away before a test runs', async () => {
    process.env['SOME_REAL_TOKEN'] = 'canary';
    vi.resetModules();
    await import('../../world/guard.ts');
    expect(process.env['SOME_REAL_TOKEN']).toBeUndefined();
  });
});
