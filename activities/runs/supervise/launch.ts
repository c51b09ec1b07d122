import type { TreeToken } from '../locks.ts';
import type { RunCommand, RunSpec } from '../runs.ts';

/** What a supervisor is told on standard input: it holds the environment and the secrets, which never reach a disk or an argv. */
export interface Launch {
  spec: RunSpec;
  command: RunCommand;
  /** what the tree's token must still say */
  token: TreeToken;
}

/**
 * The line a supervisor answers with on standard output. `refused`: the world is not as the starter thought, look again.
 * `failed`: the command could not be started.
 */
export type LaunchAnswer =
  { kind: 'started' } | { kind: 'refused'; reason: string } | { kind: 'failed'; reason: string };
