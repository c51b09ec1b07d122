import { writeFile } from 'node:fs/promises';
import { createLocalRuns } from '../../activities/runs/local-runs.ts';
import type { RunCommand, RunSpec } from '../../activities/runs/runs.ts';

/** What the driver is told in its one argument; with `stuckAt` its preparation writes that file and never ends. */
export interface DriverOrder {
  dataDir: string;
  spec: RunSpec & RunCommand;
  stuckAt: string | null;
}

const { dataDir, spec, stuckAt } = JSON.parse(process.argv[2] ?? '') as DriverOrder;

/** Keeps this process alive as a worker would. */
setInterval(() => undefined, 1000);

await createLocalRuns(dataDir).run(spec, {
  owner: { temporalRunId: 'run', attempt: 1 },
  cancel: new AbortController().signal,
  detach: new AbortController().signal,
  onHeartbeat: () => undefined,
  prepare: async () => {
    if (stuckAt === null) return spec;
    await writeFile(stuckAt, 'preparing');
    return new Promise(() => undefined);
  },
});
