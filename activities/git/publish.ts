import type { Sha } from '../../workflows/domain/ids.ts';
import type { TaskRef } from '../../workflows/domain/task-state.ts';
import { PermanentError } from '../errors.ts';
import { readParent, readTrailers } from './commits.ts';
import type { Repository } from './repository.ts';

/** Moves the task's work ref from one commit to the next, here and on the forge. Safe to repeat. */
export async function publishWork(
  repository: Repository,
  ref: string,
  move: { from: Sha; to: Sha },
): Promise<void> {
  await repository.keep(ref, move.to);
  await repository.push(ref, { sha: move.to, lease: move.from });
}

/** Moves the task branch; `lease` null = it must not exist yet. Safe to repeat. */
export async function publishBranch(
  repository: Repository,
  branch: string,
  move: { lease: Sha | null; to: Sha },
): Promise<void> {
  await repository.push(`refs/heads/${branch}`, { sha: move.to, lease: move.lease });
}

/**
 * The commit an earlier attempt of run `runId` made on top of `start` and pushed to the work ref; null when the ref is still at
 * `start`. Throws PermanentError when the ref holds anything else.
 */
export async function findOwnCommit(
  repository: Repository,
  about: { ref: string; task: TaskRef; runId: string; start: Sha },
): Promise<Sha | null> {
  const { ref, task, runId, start } = about;
  const head = await repository.readRemote(ref);
  if (head === start && (await repository.has(start))) return null;
  if (head !== null) await repository.fetch([ref]);
  if (head === start) return null;
  if (head !== null) {
    const { run, life } = await readTrailers(repository, head);
    const own = run === runId && life === task.life;
    if (own && (await readParent(repository, head)) === start) return head;
  }
  throw new PermanentError(`${ref} is ${head ?? 'gone'} where this run starts at ${start}`);
}
