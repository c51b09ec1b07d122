import { join } from 'node:path';
import { Attempt } from './attempt.ts';
import { RunDirectory } from './run-directory.ts';
import type { RunnerClient } from './runner-client.ts';
import type { Runs } from './runs.ts';

/** Runs that outlive this process: a supervisor started by the runner holds each, this side only starts, follows and asks to end. */
export function createSupervisedRuns(dataDir: string, runner: RunnerClient): Runs {
  const directoryOf = (runId: string) => new RunDirectory(join(dataDir, 'runs'), runId);
  return {
    run: (spec, options) =>
      new Attempt({ directory: directoryOf(spec.runId), runner, spec, options }).see(),
    read: (runId) => directoryOf(runId).readExit(),
    kill: (runId, reason) => runner.end(runId, { reason, through: null }),
    discard: async (runId) => {
      const directory = directoryOf(runId);
      await directory.remove('exit.json');
      await directory.remove('started.json');
      const stop = await directory.read('stop.json');
      if (stop !== null && stop.through !== null) await directory.remove('stop.json');
    },
    directoryOf: (runId) => directoryOf(runId).path,
  };
}
