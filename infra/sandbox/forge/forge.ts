import { join } from 'node:path';
import type { Deliveries } from '../kit/deliveries.ts';
import type { StateFile } from '../kit/state-file.ts';
import type { ForgeState, Pull, Repo } from './state.ts';

/** What every part of the forge works on; `locks` and `checkedAtMs` live only as long as the process. */
export interface Forge {
  readonly dataDir: string;
  readonly url: () => string;
  readonly store: StateFile<ForgeState>;
  readonly state: ForgeState;
  readonly deliveries: Deliveries;
  /** The last job of each repository's queue of ref updates. */
  readonly locks: Map<number, Promise<unknown>>;
  /** The last job of each repository's queue of events. */
  readonly events: Map<number, Promise<unknown>>;
  /** When the conflict check of a pull request ends, epoch milliseconds. */
  readonly checkedAtMs: Map<number, number>;
  readonly pace: Pace;
  /** Called after a push with a branch head to judge. */
  readonly judge: (repo: Repo, head: { branch: string; sha: string }) => Promise<void>;
}

/** How long the forge takes where a real one does: the conflict check after a push, and a merge before it moves the base. */
export interface Pace {
  checkMs: number;
  mergeMs: number;
}

/** The bare git directory of a repository. */
export function gitDir(forge: Forge, repo: Repo): string {
  return join(forge.dataDir, 'repos', repo.owner, `${repo.name}.git`);
}

/** Runs jobs of one repository one after the other; a failed job does not stop the next. */
export async function inTurn<T>(
  queues: Map<number, Promise<unknown>>,
  repo: Repo,
  job: () => Promise<T>,
): Promise<T> {
  const before = queues.get(repo.id) ?? Promise.resolve();
  const mine = before.then(job, job);
  queues.set(repo.id, mine);
  return await mine;
}

/** Starts a new conflict check: until it ends the pull request is neither mergeable nor merged by anyone. */
export function startConflictCheck(forge: Forge, pull: Pull): void {
  forge.checkedAtMs.set(pull.id, Date.now() + forge.pace.checkMs);
}

/** True while the conflict check of the pull request runs. */
export function isChecking(forge: Forge, pull: Pull): boolean {
  return Date.now() < (forge.checkedAtMs.get(pull.id) ?? 0);
}
