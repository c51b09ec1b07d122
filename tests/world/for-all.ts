import { afterAll, beforeAll } from 'vitest';
import type { ScriptedSettings } from '../../workers/dev/environment.ts';
import { Play } from './play.ts';

const START_MS = 120_000;
const END_MS = 60_000;

/**
 * Starts what all tests of a `describe` share, hands it over once, before the first of them, and disposes of it after the
 * last; also when `take` throws.
 */
export function forAll<T extends AsyncDisposable>(
  start: () => Promise<T>,
  take: (started: T) => Promise<void> | void,
): void {
  let started: T | null = null;

  beforeAll(async () => {
    started = await start();
    await take(started);
  }, START_MS);

  afterAll(async () => {
    await started?.[Symbol.asyncDispose]();
  }, END_MS);
}

/** One play for all tests of a `describe`, with settings of the scripted agent. */
export function playForAll(
  take: (play: Play) => Promise<void> | void,
  scripted: ScriptedSettings = {},
): void {
  forAll(() => Play.start(scripted), take);
}
