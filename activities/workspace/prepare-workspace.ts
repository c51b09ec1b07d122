import { mkdir } from 'node:fs/promises';
import type { Sha } from '../../workflows/domain/ids.ts';
import { toSha } from '../../workflows/domain/ids.ts';
import type { TaskRef } from '../../workflows/domain/task-state.ts';
import { PermanentError } from '../errors.ts';
import { readTrailers } from '../git/commits.ts';
import type { Repository } from '../git/repository.ts';
import type { HostCall } from '../host-ports.ts';
import { openRepository, workRefOf, workspaceOf } from './workspace.ts';

/** The branch everything lands on. */
export const MAIN_REF = 'refs/heads/main';

/**
 * Cuts the work ref from main as it is now, or adopts the one this life already has. Throws PermanentError when the repository
 * has no main. Source: ORCH-088.
 */
export async function prepareWorkspace(
  call: HostCall,
  { task }: { task: TaskRef },
): Promise<{ baseSha: Sha; workHead: Sha }> {
  const repository = await openRepository(call, task);
  await mkdir(workspaceOf(task, call.ports.dataDir).folder, { recursive: true });
  const ref = workRefOf(task.id);
  const heads = await repository.listRemote([MAIN_REF, ref]);
  const main = heads.get(MAIN_REF);
  const work = heads.get(ref) ?? null;
  if (main === undefined) throw new PermanentError(`${task.repo} has no branch main on the forge`);
  await repository.fetch(work === null ? [] : [ref]);
  if (work !== null && (await belongsToLife(repository, work, task))) {
    await repository.keep(ref, work);
    return { baseSha: await readBase(repository, { main, head: work }), workHead: work };
  }
  await repository.keep(ref, main);
  await repository.push(ref, { sha: main, lease: work });
  return { baseSha: main, workHead: main };
}

async function belongsToLife(repository: Repository, head: Sha, task: TaskRef): Promise<boolean> {
  return (await readTrailers(repository, head)).life === task.life;
}

/** Where the work left main; its commits are not on main, so that is their merge base. */
async function readBase(repository: Repository, of: { main: Sha; head: Sha }): Promise<Sha> {
  return toSha(await repository.line(['merge-base', of.main, of.head]));
}
