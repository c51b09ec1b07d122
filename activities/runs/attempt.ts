import { closeSync } from 'node:fs';
import { randomUUID } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { ToolError } from '../errors.ts';
import { lockIsFree } from '../file-lock.ts';
import { followRun } from './follow-run.ts';
import { readToken, takeLock, writeToken } from './locks.ts';
import type { TreeToken } from './locks.ts';
import { RunOutput } from './run-output.ts';
import type { RunDirectory, RunStarted, StoredOwner, StoredSpec } from './run-directory.ts';
import { isStopped } from './run-directory.ts';
import type { RunnerClient } from './runner-client.ts';
import type { LaunchKind, RunCommand, RunExit, RunOptions, RunSpec } from './runs.ts';

/** What an attempt works with. */
export interface AttemptPorts {
  directory: RunDirectory;
  runner: RunnerClient;
  spec: RunSpec;
  options: RunOptions;
}

/** Where a run is, as its directory and its lock tell. */
type RunState =
  | { kind: 'ended'; exit: RunExit }
  /** to be recorded as killed */
  | { kind: 'stopped'; reason: string }
  /** its supervisor lives; null = it has not begun */
  | { kind: 'held'; started: RunStarted | null }
  /** nothing of this continuation lives; `launches` of it there were */
  | { kind: 'idle'; launches: number; everLaunched: boolean };

const HEARTBEAT_MS = 2000;
const LOOK_AGAIN_MS = 100;
const TREE_WAIT_MS = 30_000;
const TREE_POLL_MS = 1000;
const MOST_REFUSALS = 20;

/** One attempt to bring a run to its end: it takes the run over, then answers its record, follows it or launches it. */
export class Attempt {
  readonly #ports: AttemptPorts;
  readonly #owner: StoredOwner;
  readonly #output: RunOutput;
  readonly #signal: AbortSignal;
  #launched = false;
  #refusals = 0;
  #treeDeadline: number | null = null;

  constructor(ports: AttemptPorts) {
    const { directory, spec, options } = ports;
    this.#ports = ports;
    this.#owner = { ...options.owner, continuation: spec.continuation };
    this.#output = new RunOutput(directory, options.onLine ?? null);
    this.#signal = AbortSignal.any([options.cancel, options.detach]);
  }

  /** Throws the reason of a cancel or detach, ToolError when the run cannot be supervised or another attempt took it over. */
  async see(): Promise<RunExit> {
    const { options } = this.#ports;
    const beat = setInterval(options.onHeartbeat, HEARTBEAT_MS);
    try {
      this.#signal.throwIfAborted();
      await this.#takeOver();
      return await this.#seeToEnd();
    } catch (error) {
      // Whoever stops a task asks again, on the control queue, and does not rely on this.
      if (options.cancel.aborted) await this.#end('cancelled').catch(() => undefined);
      this.#signal.throwIfAborted();
      throw error;
    } finally {
      clearInterval(beat);
      this.#output.close();
    }
  }

  async #takeOver(): Promise<void> {
    const { directory, spec } = this.#ports;
    await directory.create();
    const owner = await directory.read('owner.json');
    if (owner !== null && isNewer(owner, this.#owner)) throw this.#superseded();
    await directory.write('owner.json', this.#owner);
    await directory.write('spec.json', describeSpec(spec));
  }

  async #seeToEnd(): Promise<RunExit> {
    for (;;) {
      this.#signal.throwIfAborted();
      const state = await this.#look();
      if (state.kind === 'ended') {
        await this.#output.finish(state.exit);
        return state.exit;
      }
      if (state.kind === 'stopped') {
        if (!(await this.#end(state.reason))) throw this.#superseded();
      } else if (state.kind === 'held') await this.#follow(state.started);
      else await this.#launch();
    }
  }

  async #look(): Promise<RunState> {
    const { directory, spec } = this.#ports;
    const { continuation } = spec;
    const isFree = await lockIsFree(directory.lockPath, 0);
    // Read after the lock was looked at: a supervisor records the exit before it lets go.
    const exit = await directory.readExit();
    if (exit !== null && exit.continuation > continuation) throw this.#superseded();
    if (exit?.continuation === continuation) return { kind: 'ended', exit };
    const newest = await directory.read('started.json');
    const started = newest?.continuation === continuation ? newest : null;
    return isFree ? this.#lookAtRest(newest, started) : { kind: 'held', started };
  }

  async #lookAtRest(newest: RunStarted | null, started: RunStarted | null): Promise<RunState> {
    const { directory, spec } = this.#ports;
    const stop = await directory.read('stop.json');
    if (isStopped(stop, spec.continuation)) return { kind: 'stopped', reason: stop.reason };
    return { kind: 'idle', launches: started?.launch ?? 0, everLaunched: newest !== null };
  }

  async #follow(started: RunStarted | null): Promise<void> {
    if (started === null) {
      // It is only about to begin, or to end.
      await pause(LOOK_AGAIN_MS, undefined, { signal: this.#signal });
      return;
    }
    const { directory, options } = this.#ports;
    const { watch } = options;
    this.#output.open(started.stdoutFrom);
    const verdict = await followRun(directory, {
      signal: this.#signal,
      since: Date.parse(started.launchedAt),
      ...(watch !== undefined && { watch }),
      readOn: () => this.#output.readOn(),
    });
    if (verdict !== null && !(await this.#end(verdict))) throw this.#superseded();
  }

  async #launch(): Promise<void> {
    if (this.#launched) {
      throw new ToolError(`the supervisor of run ${this.#ports.spec.runId} died`);
    }
    const prepared = await this.#prepare();
    if (prepared === null) return;
    const { runner, spec } = this.#ports;
    const answer = await runner.start({ spec, ...prepared }).catch(async (error: unknown) => {
      // The runner may have died with its answer: what it started lives.
      if ((await this.#look()).kind === 'idle') throw error;
      return { kind: 'started' } as const;
    });
    if (answer.kind === 'failed') {
      throw new ToolError(`the command of run ${spec.runId} cannot be started: ${answer.reason}`);
    }
    if (answer.kind === 'started') {
      this.#launched = true;
      return;
    }
    this.#refusals += 1;
    if (this.#refusals < MOST_REFUSALS) return;
    throw new ToolError(`run ${spec.runId} is refused again and again: ${answer.reason}`);
  }

  /** Makes the tree ready under its lock; null = the world moved on, look again. */
  async #prepare(): Promise<{ command: RunCommand; token: TreeToken } | null> {
    const { spec, options } = this.#ports;
    await mkdir(dirname(spec.lockPath), { recursive: true });
    const lock = await takeLock(spec.lockPath, TREE_POLL_MS);
    if (lock === null) {
      this.#treeDeadline ??= Date.now() + TREE_WAIT_MS;
      if (Date.now() < this.#treeDeadline) return null;
      throw new ToolError(`another process works in the tree of ${spec.lockPath}`);
    }
    try {
      const state = await this.#look();
      if (state.kind !== 'idle') return null;
      if (!(await this.#isOwner())) throw this.#superseded();
      const { how, token } = await this.#enterTree(state);
      const command = await options.prepare(how);
      this.#signal.throwIfAborted();
      return { command, token };
    } finally {
      closeSync(lock);
    }
  }

  /** Ends what a dead supervisor may have left in the tree, and marks the tree as this launch's. */
  async #enterTree(
    state: RunState & { kind: 'idle' },
  ): Promise<{ how: LaunchKind; token: TreeToken }> {
    const { runner, spec } = this.#ports;
    const { runId, continuation, lockPath } = spec;
    const before = await readToken(lockPath);
    if (before !== null) await runner.sweep(before.runId);
    // What another run left in the tree since is nothing to go on from.
    const how = state.everLaunched && before?.runId === runId ? 'go-on' : 'start';
    const token = { runId, continuation, launch: state.launches + 1, nonce: randomUUID() };
    await writeToken(lockPath, token);
    return { how, token };
  }

  /** Ends this continuation. False = a newer attempt owns the run: it is left alone. */
  async #end(reason: string): Promise<boolean> {
    if (!(await this.#isOwner())) return false;
    const { runner, spec } = this.#ports;
    await runner.end(spec.runId, { reason, through: spec.continuation });
    return true;
  }

  async #isOwner(): Promise<boolean> {
    const owner = await this.#ports.directory.read('owner.json');
    return owner === null || !isOther(owner, this.#owner);
  }

  #superseded(): ToolError {
    return new ToolError(`another attempt took run ${this.#ports.spec.runId} over`);
  }
}

/** Field by field: what a caller hands on beside them, an environment perhaps, has no place on a disk. */
const describeSpec = (spec: RunSpec): StoredSpec => ({
  runId: spec.runId,
  continuation: spec.continuation,
  lockPath: spec.lockPath,
  cwd: spec.cwd,
  timeoutMs: spec.timeoutMs,
  sandbox: spec.sandbox,
  secrets: spec.secrets.map(({ name }) => name),
});

const isOther = (one: StoredOwner, other: StoredOwner): boolean =>
  isOtherCall(one, other) ||
  one.continuation !== other.continuation ||
  one.attempt !== other.attempt;

const isOtherCall = (one: StoredOwner, other: StoredOwner): boolean =>
  one.temporalRunId !== other.temporalRunId || one.activityId !== other.activityId;

/** Whether `one` came after `other`. Attempts of different calls cannot be ordered: the last to ask is the newer. */
function isNewer(one: StoredOwner, other: StoredOwner): boolean {
  if (one.continuation !== other.continuation) return one.continuation > other.continuation;
  return !isOtherCall(one, other) && one.attempt > other.attempt;
}
