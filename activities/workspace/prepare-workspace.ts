import { mkdir } from 'node:fs/promises';
import type { Sha } from '../../workflows/domain/ids.ts';
import { toSha } from '../../workflows/domain/ids.ts';
import type { TaskRef } from '../../workflows/domain/task-state.ts';
import { PermanentError } from '../errors.ts';
import { readTrailers } from '../git/commits.ts';
import { keepOnForge } from '../git/publish.ts';
import type { Repository } from '../git/repository.ts';
import type { HostCall } from '../host-ports.ts';
import { branchRefOf, leftoverRefOf, openRepository, workRefOf, workspaceOf } from './workspace.ts';

/** The branch everything lands on. */
export const MAIN_REF = 'refs/heads/main';

/**
 * Cuts the work ref from main as it is now, or adopts the one this life already has. What a former life left under the names of
 * this one is kept and moved out of the way. Throws PermanentError when the repository has no main, and when somebody else has a
 * branch of the task's name. Source: ORCH-088.
 */
export async function prepareWorkspace(
  call: HostCall,
  { task }: { task: TaskRef },
): Promise<{ baseSha: Sha; workHead: Sha }> {
  const repository = await openRepository(call, task);
  await mkdir(workspaceOf(task, call.ports.dataDir).folder, { recursive: true });
  const ref = workRefOf(task.id);
  const heads = await repository.listRemote([MAIN_REF, ref, branchRefOf(task)]);
  const main = heads.get(MAIN_REF);
  const work = heads.get(ref) ?? null;
  if (main === undefined) throw new PermanentError(`${task.repo} has no branch main on the forge`);
  await repository.fetch(work === null ? [] : [ref]);
  const workLife = work && (await readLife(repository, task, work));
  if (work !== null && workLife === task.life) {
    await repository.keep(ref, work);
    return { baseSha: await readBase(repository, { main, head: work }), workHead: work };
  }
  await setBranchAside(repository, task, { main, head: heads.get(branchRefOf(task)) ?? null });
  if (work !== null) await keepLeftover(repository, task, { main, head: work, life: workLife });
  await repository.keep(ref, main);
  await repository.push(ref, { sha: main, lease: work });
  return { baseSha: main, workHead: main };
}

/** The life of this item that made a commit, null when none did. */
async function readLife(repository: Repository, { id }: TaskRef, sha: Sha): Promise<string | null> {
  const trailers = await readTrailers(repository, sha);
  return trailers?.refs === id ? trailers.life : null;
}

/** Removes the branch a former life left; this life's own stays. */
async function setBranchAside(
  repository: Repository,
  task: TaskRef,
  { main, head }: { main: Sha; head: Sha | null },
): Promise<void> {
  if (head === null) return;
  const life = await readLife(repository, task, head);
  if (life === task.life) return;
  const ref = branchRefOf(task);
  if (life === null) {
    throw new PermanentError(
      `${ref} is at ${head}, which no life of ${task.id} made, and the task needs that name: rename or delete the branch`,
    );
  }
  await keepLeftover(repository, task, { main, head, life });
  await repository.push(ref, { sha: null, lease: head });
}

/** Main keeps what landed. */
async function keepLeftover(
  repository: Repository,
  { id }: TaskRef,
  { main, head, life }: { main: Sha; head: Sha; life: string | null },
): Promise<void> {
  if (await repository.isAncestor(head, main)) return;
  await keepOnForge(repository, leftoverRefOf(id, { life, sha: head }), head);
}

/** Where the work left main; its commits are not on main, so that is their merge base. */
async function readBase(repository: Repository, of: { main: Sha; head: Sha }): Promise<Sha> {
  return toSha(await repository.line(['merge-base', of.main, of.head]));
}
