import type { RunCommand, RunSpec } from '../../activities/runs/runs.ts';

/** A run and its command, as most tests need them: the command is the same in every launch. */
export type WholeRun = RunSpec & RunCommand;

/** What the driver is told in its one argument. `stuck` = it writes `file` and never goes on, in its preparation or when the run is over. */
export interface DriverOrder {
  dataDir: string;
  socket: string;
  spec: WholeRun;
  attempt: number;
  stuck: { at: 'prepare' | 'end'; file: string } | null;
}
