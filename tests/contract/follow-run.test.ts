import { closeSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { promiseHooks } from 'node:v8';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { followRun } from '../../activities/runs/follow-run.ts';
import { takeLock } from '../../activities/runs/locks.ts';
import type { RunDirectory } from '../../activities/runs/run-directory.ts';
import { RunWorld } from './run-world.ts';

let world: RunWorld;
let directory: RunDirectory;
let supervisor: number;

beforeEach(async () => {
  world = await RunWorld.create();
  directory = world.directory();
  await directory.create();
  supervisor = (await takeLock(directory.lockPath, 0)) as number;
});
afterEach(async () => {
  await world[Symbol.asyncDispose]();
});

const never = new AbortController().signal;

it('keeps nothing of a round, and reads once more when the supervisor let go', async () => {
  const waiters = new Map<Promise<unknown>, number>();
  const stopCounting = promiseHooks.onInit((_, parent?: Promise<unknown>) => {
    if (parent !== undefined) waiters.set(parent, (waiters.get(parent) ?? 0) + 1);
  }) as () => void;
  let rounds = 0;
  const readOn = (): Promise<void> => {
    rounds += 1;
    if (rounds === 5) closeSync(supervisor);
    return Promise.resolve();
  };
  const verdict = await followRun(directory, { signal: never, since: 0, readOn });
  stopCounting();
  expect(verdict).toBeNull();
  expect(rounds).toBeGreaterThan(5);
  expect(Math.max(...waiters.values())).toBeLessThan(5);
});

it('ends by an abort, and by the word of its watch', async () => {
  const stop = new AbortController();
  const readOn = (): Promise<void> => {
    stop.abort(new Error('detached'));
    return Promise.resolve();
  };
  const following = followRun(directory, { signal: stop.signal, since: 0, readOn });
  await expect(following).rejects.toThrow('detached');
  await writeFile(directory.stdoutPath, 'said');
  const watch = () => 'hung';
  const calm = () => Promise.resolve();
  expect(await followRun(directory, { signal: never, since: 0, watch, readOn: calm })).toBe('hung');
  closeSync(supervisor);
});

it('says that it cannot wait for a lock', async () => {
  closeSync(supervisor);
  const { PATH } = process.env;
  process.env['PATH'] = '';
  try {
    const readOn = () => Promise.resolve();
    await expect(followRun(directory, { signal: never, since: 0, readOn })).rejects.toMatchObject({
      name: 'ToolError',
    });
  } finally {
    process.env['PATH'] = PATH;
  }
});
