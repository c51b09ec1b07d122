import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { canaryEnvironment, plantCanary, readCanary } from '../../../../activities/agent/canary.ts';

let dataDir = '';

beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'canary-'));
});
afterEach(async () => {
  await rm(dataDir, { recursive: true });
});

it('is the same in every attempt of a run, and another one in another run', async () => {
  const attempts = await Promise.all([1, 2, 3, 4].map(() => readCanary(dataDir, 'run-a')));
  expect(new Set(attempts.map(({ value }) => value)).size).toBe(1);
  expect(await readCanary(dataDir, 'run-b')).not.toEqual(attempts[0]);
  expect(attempts[0]?.value).toMatch(/^[\da-f]{40}$/);
});

it('is another one on another host', async () => {
  const here = await readCanary(dataDir, 'run-a');
  await rm(join(dataDir, 'canary.key'));
  expect(await readCanary(dataDir, 'run-a')).not.toEqual(here);
});

it('comes from a key nobody else can read', async () => {
  await readCanary(dataDir, 'run-a');
  expect(await readdir(dataDir)).toEqual(['canary.key']);
  expect((await stat(join(dataDir, 'canary.key'))).mode & 0o777).toBe(0o600);
});

it('lies where a thief looks: in the environment, and with the credentials of git', async () => {
  const canary = await readCanary(dataDir, 'run-a');
  const home = join(dataDir, 'home');
  await plantCanary(home, canary);
  await plantCanary(home, canary);
  expect(await readFile(join(home, '.git-credentials'), 'utf8')).toContain(canary.value);
  expect(Object.values(canaryEnvironment(canary))).toEqual([canary.value]);
});
