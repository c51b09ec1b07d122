import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { startProgram } from '../world/start-program.ts';

const LAUNCHER = 'infra/sandbox/sandbox.ts';
const ANY_PORTS = ['--forge-port', '0', '--board-port', '0', '--chat-port', '0'];
let dataDir: string;

beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'sandbox-'));
});

afterEach(async () => {
  await rm(dataDir, { recursive: true, force: true });
});

it('one command starts forge, board and chat from one seed, and takes all of them down', async () => {
  const seed = join(dataDir, 'seed.json');
  const sections = {
    board: { users: [{ name: 'anna', token: 'key' }] },
    chat: { bots: [{ token: '1:x', username: 'orch' }] },
  };
  await writeFile(seed, JSON.stringify(sections));
  const sandbox = await startProgram(LAUNCHER, ['--data', dataDir, ...ANY_PORTS, '--seed', seed]);
  const urls = Object.entries(sandbox.announcement).map(
    ([name, url]) => [name, String(url)] as const,
  );
  expect(urls.map(([name]) => name)).toEqual(['forge', 'board', 'chat']);
  for (const [, url] of urls) expect((await fetch(`${url}/_sandbox/state`)).status).toBe(200);
  const [, board, chat] = urls.map(([, url]) => url);
  const me = await fetch(`${String(board)}/api/v1/users/me/`, { headers: { 'X-API-Key': 'key' } });
  expect(await me.json()).toMatchObject({ display_name: 'anna' });
  expect((await fetch(`${String(chat)}/bot1:x/getMe`)).status).toBe(200);
  await sandbox.stop();
  for (const [, url] of urls) await expect(fetch(url)).rejects.toThrow('fetch failed');
});

it('a taken port is one clear sentence and ends everything', async () => {
  const squatter = createServer();
  await new Promise<void>((resolve) => squatter.listen(0, '127.0.0.1', resolve));
  const { port } = squatter.address() as AddressInfo;
  const ports = ['--forge-port', '0', '--board-port', String(port), '--chat-port', '0'];
  await expect(startProgram(LAUNCHER, ['--data', dataDir, ...ports])).rejects.toThrow(
    `ended with code 2: board: port ${port} on 127.0.0.1 is already taken; choose another port`,
  );
  await new Promise((resolve) => squatter.close(resolve));
});
