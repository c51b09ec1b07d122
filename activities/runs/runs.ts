/** A command that touches a task's tree. */
export interface RunSpec {
  /** names the run directory; the same in every attempt */
  runId: string;
  /** file whose flock is held for the life of the process: two runs never share a tree. Source: I12 */
  lockPath: string;
  cwd: string;
  argv: readonly string[];
  /** the whole environment; nothing is inherited */
  env: Readonly<Record<string, string>>;
  /** file given to standard input, null = none */
  stdinPath: string | null;
  /** wall clock from the start of the command */
  timeoutMs: number;
}

/** How an attempt takes part in a run. */
export interface RunOptions {
  /** aborting ends every process of the run and throws the reason */
  signal: AbortSignal;
  /** called every two seconds while the run lasts */
  onHeartbeat: () => void;
  /** brings the tree into the state the run starts from; called under the lock, never when a finished run is returned */
  prepare: () => Promise<void>;
}

/** How a run ended. `exitCode` null = it was ended by `signal`. Times are ISO. */
export interface RunExit {
  exitCode: number | null;
  signal: string | null;
  timedOut: boolean;
  startedAt: string;
  endedAt: string;
  stdoutPath: string;
  stderrPath: string;
}

/** Supervised processes. Throws ToolError when a run cannot be supervised. */
export interface Runs {
  /** Runs the command once: a run that already finished is answered from its record, one a dead attempt left is ended first. */
  run(spec: RunSpec, options: RunOptions): Promise<RunExit>;
  /** How a finished run ended, null when it did not or nothing is known here. */
  read(runId: string): Promise<RunExit | null>;
  /** Forgets how a run ended, so that the next `run` starts it again: for deaths that were not the command's own. */
  discard(runId: string): Promise<void>;
  /** Directory of a run, with its `prompt.md`, `stdout.jsonl` and the like. */
  directoryOf(runId: string): string;
}
