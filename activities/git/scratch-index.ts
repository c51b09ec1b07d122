import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Sha } from '../../workflows/domain/ids.ts';
import type { Repository } from './repository.ts';

/** Does `work` with an index of its own that holds the tree of `commit` (null = nothing); the index is gone afterwards. */
export async function withIndex<T>(
  repository: Repository,
  commit: Sha | null,
  work: (indexFile: string) => Promise<T>,
): Promise<T> {
  const folder = await mkdtemp(join(repository.gitDir, 'index-'));
  const indexFile = join(folder, 'index');
  try {
    await repository.run(['read-tree', commit ?? '--empty'], { indexFile });
    return await work(indexFile);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
