import { stat } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';
import { awaitRelease } from './locks.ts';
import type { RunDirectory } from './run-directory.ts';

const READ_MS = 250;
const WATCH_MS = 1000;

/** How a living run is followed. */
export interface Following {
  signal: AbortSignal;
  /** when the launch began, epoch ms: it is not silent for longer than that */
  since: number;
  /** asked every second with ms since the last output; a text ends the following */
  watch?: (quietMs: number) => string | null;
  /** hands on what the command wrote since */
  readOn: () => Promise<void>;
}

/** Follows a run until its supervisor lets go of its lock, or `watch` says why it must end: that text is the answer. Throws when `signal` aborts. */
export async function followRun(
  directory: RunDirectory,
  { signal, since, watch, readOn }: Following,
): Promise<string | null> {
  const { released, cancel } = awaitRelease(directory.lockPath);
  // Registered once: each look at a promise that lives as long as the run would be kept until its end.
  const over = new AbortController();
  const end = (): void => {
    over.abort();
  };
  released.then(end, end);
  const wake = AbortSignal.any([signal, over.signal]);
  try {
    let watchedAt = Date.now();
    for (;;) {
      await pause(READ_MS, undefined, { signal: wake }).catch(() => undefined);
      signal.throwIfAborted();
      const isOver = over.signal.aborted;
      await readOn();
      if (isOver) {
        await released;
        return null;
      }
      if (watch === undefined || Date.now() - watchedAt < WATCH_MS) continue;
      watchedAt = Date.now();
      const verdict = watch(Date.now() - Math.max(since, await lastOutputAt(directory)));
      if (verdict !== null) return verdict;
    }
  } finally {
    cancel();
  }
}

async function lastOutputAt({ stdoutPath, stderrPath }: RunDirectory): Promise<number> {
  const times = await Promise.all(
    [stdoutPath, stderrPath].map((path) =>
      stat(path).then(
        ({ mtimeMs }) => mtimeMs,
        () => 0,
      ),
    ),
  );
  return Math.max(...times);
}
