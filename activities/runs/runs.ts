import type { Secret } from './redact.ts';
import type { Sandbox } from './sandbox/sandbox.ts';

/** What a supervised run is. Every command that touches a task's tree is one. */
export interface RunSpec {
  /** names the run directory; the same in every attempt */
  runId: string;
  /** number of the time the workflow lets this run go on, 0 at first: an exit of an earlier one is history */
  continuation: number;
  /** file whose flock is held while anything works in the tree: two runs never share one. Source: I12 */
  lockPath: string;
  cwd: string;
  /** working time over all launches of this continuation, enforced even when no worker returns */
  timeoutMs: number;
  /** null = not isolated */
  sandbox: Sandbox | null;
  /** values that must not stay in what is kept: replaced by [name], names told in the exit's `leaks` */
  secrets: readonly Secret[];
}

/** One process to start. */
export interface RunCommand {
  argv: readonly string[];
  /** the whole environment; nothing is inherited. It may hold a key: never written to disk */
  env: Readonly<Record<string, string>>;
  /** file given to standard input, null = none */
  stdinPath: string | null;
}

/** Who asks for a run: one attempt of an activity in one workflow run. Only the newest owner may end the run. */
export interface RunOwner {
  temporalRunId: string;
  activityId: string;
  attempt: number;
}

/** How a launch begins: `start` = bring the tree to where the run starts, `go-on` = an earlier launch worked in it. */
export type LaunchKind = 'start' | 'go-on';

/** How an attempt takes part in a run. */
export interface RunOptions {
  owner: RunOwner;
  /** aborting leaves the run running and throws the reason */
  detach: AbortSignal;
  /** aborting ends the run, if we still own it, and throws the reason */
  cancel: AbortSignal;
  /** called every two seconds while the run lasts */
  onHeartbeat: () => void;
  /** called under the tree lock before each launch, never when a finished run is returned or a living one followed */
  prepare: (how: LaunchKind) => Promise<RunCommand>;
  /** each whole line of standard output of this continuation, in order, from its first, in every attempt */
  onLine?: (line: string) => void;
  /** asked every second with ms since the last output; a text ends the run because of it (`killed` of its exit), null = go on */
  watch?: (quietMs: number) => string | null;
}

/** How a run ended. `exitCode` null = it was ended by `signal`. Times are ISO. */
export interface RunExit {
  exitCode: number | null;
  signal: string | null;
  /** the deadline was reached */
  timedOut: boolean;
  /** why it was ended from outside, null = by itself or by the deadline */
  killed: string | null;
  startedAt: string;
  endedAt: string;
  /** over all launches of this continuation */
  workedMs: number;
  launches: number;
  continuation: number;
  stdoutPath: string;
  stderrPath: string;
  /** where this continuation's output begins in the file, bytes */
  stdoutFrom: number;
  /** where the output of the last launch begins in the two files, bytes */
  lastLaunch: { stdoutFrom: number; stderrFrom: number };
  /** standard output of the last launch as it was written, before anything was cut, dropped or replaced */
  stdout: OutputDigest;
  /** names of secrets that were found in the output */
  leaks: readonly string[];
}

/** All of an output: its size and digest, and what of it was not kept. */
export interface OutputDigest {
  bytes: number;
  /** hex */
  sha256: string;
  /** lines kept only up to the longest length of a line */
  cutLines: number;
  /** bytes of whole and cut lines that were not kept */
  droppedBytes: number;
}

/** Supervised processes. Throws ToolError when a run cannot be supervised. */
export interface Runs {
  /** Runs the command once: a run that ended is answered from its record, one that lives is followed, whoever began it. */
  run(spec: RunSpec, options: RunOptions): Promise<RunExit>;
  /** How a finished run ended, null when it did not or nothing is known here. */
  read(runId: string): Promise<RunExit | null>;
  /**
   * Ends every process of the run and bars it: it is never launched again. Returns when its lock is free and nothing of it is
   * found. Safe to repeat, and for a run nobody knows. Throws ToolError when that does not happen within 10 s. Source: I10.
   */
  kill(runId: string, reason: string): Promise<void>;
  /** Forgets how a run ended, so that the next `run` starts it again: for deaths that were not the command's own. */
  discard(runId: string): Promise<void>;
  /** Directory of a run, with its `prompt.md`, `stdout.jsonl` and the like. */
  directoryOf(runId: string): string;
}
