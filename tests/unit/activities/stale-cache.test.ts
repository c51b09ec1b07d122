import { expect, it } from 'vitest';
import { StaleCache } from '../../../activities/board/stale-cache.ts';

it('keeps a value for its time, and longer while it cannot be read anew', async () => {
  let now = 0;
  let reads = 0;
  const cache = new StaleCache<number>({ ttlMs: 100, now: () => now });
  const load = () => Promise.resolve((reads += 1));
  const fail = () => Promise.reject(new Error('down'));
  await expect(cache.read('a', fail)).rejects.toThrow('down');
  expect(await cache.read('a', load)).toBe(1);
  now = 99;
  expect(await cache.read('a', load)).toBe(1);
  now = 100;
  expect(await cache.read('a', fail)).toBe(1);
  expect(await cache.read('a', load)).toBe(2);
  cache.forget('a');
  await expect(cache.read('a', fail)).rejects.toThrow('down');
});
