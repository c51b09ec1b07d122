import type { Sha } from '../../workflows/domain/ids.ts';
import type { TaskRef } from '../../workflows/domain/task-state.ts';
import { PermanentError } from '../errors.ts';
import { readParent, readTrailers } from '../git/commits.ts';
import { keepOnForge } from '../git/publish.ts';
import type { Repository } from '../git/repository.ts';
import { uncountedRefOf, workRefOf } from './workspace.ts';

/** A ref of a task on the forge, and where it has to be before a run moves it. */
export interface SettledRef {
  task: TaskRef;
  ref: string;
  /** what the workflow knows; null = no such ref */
  known: Sha | null;
  /** where the task left main */
  baseSha: Sha;
  /** what this very run makes of the ref: an earlier attempt's push of it stays */
  made: Sha | null;
}

/**
 * Puts a ref back to what the workflow knows. A commit of this life that it does not know was pushed by an attempt that broke
 * for good afterwards: it is kept under its run's uncounted ref. Throws PermanentError, and moves nothing, when the ref holds
 * anything else. Safe to repeat.
 */
export async function putBack(repository: Repository, settled: SettledRef): Promise<void> {
  const { ref, known, made } = settled;
  const found = await repository.readRemote(ref);
  if (found === known || (found !== null && found === made)) return;
  if (found !== null) await keepUncounted(repository, settled, found);
  if (known !== null && !(await repository.has(known))) {
    throw new PermanentError(`${ref} is ${found ?? 'gone'}, and ${known} is not on this host`);
  }
  await repository.push(ref, { sha: known, lease: found });
}

/**
 * The commit an earlier attempt of run `runId` made on top of `start` and pushed to the work ref; null when there is none, and
 * the work ref is at `start` then. Throws PermanentError as `putBack` does.
 */
export async function findOwnCommit(
  repository: Repository,
  about: { task: TaskRef; runId: string; start: Sha; baseSha: Sha },
): Promise<Sha | null> {
  const { task, runId, start, baseSha } = about;
  const ref = workRefOf(task.id);
  const head = await repository.readRemote(ref);
  if (head === start && (await repository.has(start))) return null;
  if (head !== null) {
    await repository.fetch([ref]);
    const trailers = await readTrailers(repository, head);
    const isOwn = trailers?.run === runId && trailers.life === task.life;
    if (isOwn && (await readParent(repository, head)) === start) return head;
  }
  await putBack(repository, { task, ref, known: start, baseSha, made: null });
  return null;
}

/** Sees to it that nothing of ours is lost, and nothing of others touched, when `found` is replaced by what is known. */
async function keepUncounted(
  repository: Repository,
  { task, ref, known, baseSha }: SettledRef,
  found: Sha,
): Promise<void> {
  await repository.fetch(ref.startsWith('refs/heads/') ? [] : [ref]);
  if (known !== null && (await repository.isAncestor(found, known))) return;
  const trailers = await readTrailers(repository, found);
  const isRelated =
    (known !== null && (await repository.isAncestor(known, found))) ||
    (await repository.isAncestor(baseSha, found));
  if (trailers?.life !== task.life || !isRelated) {
    throw new PermanentError(
      `${ref} is at ${found}, which this life of ${task.id} did not make: ` +
        `keep that commit under another name if it is wanted, then delete ${ref}`,
    );
  }
  await keepOnForge(repository, uncountedRefOf(trailers.run), found);
}
