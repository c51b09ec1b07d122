import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { findMarked } from '../../activities/runs/processes.ts';

/** Processes of any run of this data directory that live, by their marker; the sandbox's own view of pids hides none of them. */
export async function findLivingRuns(dataDir: string): Promise<readonly number[]> {
  const runs = join(dataDir, 'runs');
  const found = await Promise.all(
    (await readdir(runs).catch(() => [])).map((runId) => findMarked(join(runs, runId))),
  );
  return found.flat();
}
