import { writeFile } from 'node:fs/promises';
import { createLocalRuns } from '../../activities/runs/local-runs.ts';
import type { RunSpec } from '../../activities/runs/runs.ts';

/** What the driver is told in its one argument; with `stuckAt` its preparation writes that file and never ends. */
export interface DriverOrder {
  dataDir: string;
  spec: RunSpec;
  stuckAt: string | null;
}

const { dataDir, spec, stuckAt } = JSON.parse(process.argv[2] ?? '') as DriverOrder;

/** Keeps this process alive as a worker would. */
setInterval(() => undefined, 1000);

await createLocalRuns(dataDir).run(spec, {
  signal: new AbortController().signal,
  onHeartbeat: () => undefined,
  prepare: async () => {
    if (stuckAt === null) return;
    await writeFile(stuckAt, 'preparing');
    await new Promise(() => undefined);
  },
});
