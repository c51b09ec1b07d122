import { createHash } from 'node:crypto';
import type { RunKey } from '../workflows/domain/runs.ts';

/** Where a run keeps its files, below the data directory of its host. */
export const runFolder = (runId: string): string => `runs/${runId}`;

/** Whether `text` has the form of the id of a run. */
export const isRunId = (text: string): boolean => /^[0-9a-f]{20}$/.test(text);

/** The run that repeats `runId` on the same tree, to tell a failure from a whim. */
export const repeatOf = (runId: string): string => `${runId}-again`;

/** The id of a run: 20 hex characters of the hash of its key, the same in every attempt. */
export function runIdOf(key: RunKey): string {
  const text = [key.life, key.resetEpoch, key.stage, key.kind, key.iteration].join('\n');
  return createHash('sha256').update(text).digest('hex').slice(0, 20);
}
