import type { ControlActivities } from '../workflows/domain/activities.ts';
import { runIdOf } from './run-id.ts';
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
    killRun: ({ key, reason }) => runs.kill(runIdOf(key), reason),
  };
}
