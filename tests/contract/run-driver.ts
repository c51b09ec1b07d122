import { writeFile } from 'node:fs/promises';
import { createRunnerClient } from '../../activities/runs/runner-client.ts';
import { createSupervisedRuns } from '../../activities/runs/supervised-runs.ts';
import type { DriverOrder } from './run-order.ts';

const { dataDir, socket, spec, attempt, stuck } = JSON.parse(process.argv[2] ?? '') as DriverOrder;

/** Keeps this process alive as a worker would. */
setInterval(() => undefined, 1000);

const detach = new AbortController();
const GRACE_MS = 200;
process.on('SIGTERM', () => {
  detach.abort(new Error('the worker shuts down'));
  setTimeout(() => process.exit(), GRACE_MS);
});

async function stickAt(place: 'prepare' | 'end'): Promise<void> {
  if (stuck?.at !== place) return;
  await writeFile(stuck.file, place);
  await new Promise(() => undefined);
}

const runs = createSupervisedRuns(dataDir, createRunnerClient(socket));
const running = runs.run(spec, {
  owner: { temporalRunId: 'run', activityId: '1', attempt },
  cancel: new AbortController().signal,
  detach: detach.signal,
  onHeartbeat: () => undefined,
  onLine: () => undefined,
  prepare: async () => {
    await stickAt('prepare');
    return spec;
  },
});
await running.catch((error: unknown) => {
  if (!detach.signal.aborted) throw error;
});
if (!detach.signal.aborted) await stickAt('end');
process.exit();
