import type { ControlActivities } from '../workflows/domain/activities.ts';
import { repeatOf, runIdOf } from './run-id.ts';
import type { Runs } from './runs/runs.ts';

/** What the activities that are always free need from outside. */
export interface ControlPorts {
  hostId: string;
  runs: Pick<Runs, 'kill'>;
}

/** The activities of a host that are answered whatever else it does. */
export function createControlActivities({ hostId, runs }: ControlPorts): ControlActivities {
  return {
    ping: () => Promise.resolve({ host: hostId }),
    killRun: async ({ key, reason }) => {
      const runId = runIdOf(key);
      await Promise.all([runId, repeatOf(runId)].map((id) => runs.kill(id, reason)));
    },
  };
}
