import type { Sha } from '../../workflows/domain/ids.ts';
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

/** Keeps a commit on the forge under `ref`, or `<ref>-<8 of its sha>` where `ref` has other work. Safe to repeat. */
export async function keepOnForge(repository: Repository, ref: string, sha: Sha): Promise<void> {
  const other = `${ref}-${sha.slice(0, 8)}`;
  const heads = await repository.listRemote([ref, other]);
  if ([...heads.values()].includes(sha)) return;
  await repository.push(heads.has(ref) ? other : ref, { sha, lease: null });
}
