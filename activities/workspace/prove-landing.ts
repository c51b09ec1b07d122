import type { HostActivities } from '../../workflows/domain/activities.ts';
import type { Sha } from '../../workflows/domain/ids.ts';
import type { LandingProof } from '../../workflows/domain/verdicts.ts';
import { PermanentError } from '../errors.ts';
import { readTree } from '../git/commits.ts';
import type { Repository } from '../git/repository.ts';
import type { HostCall } from '../host-ports.ts';
import { MAIN_REF } from './prepare-workspace.ts';
import { openRepository } from './workspace.ts';

/** Sha of main on the forge now. Throws PermanentError when there is none. */
export async function readMain(
  call: HostCall,
  { repo }: Parameters<HostActivities['readMain']>[0],
): Promise<{ sha: Sha }> {
  return { sha: await readMainHead(await openRepository(call, { repo }), repo) };
}

/**
 * Proves from main itself that the sealed commit landed: main contains it, the commit there has the sealed tree, and no line of
 * the changelog it was based on is gone. Source: ORCH-067, ORCH-071, ORCH-073.
 */
export async function proveLanding(
  call: HostCall,
  { task, seal }: Parameters<HostActivities['proveLanding']>[0],
): Promise<LandingProof> {
  const repository = await openRepository(call, task);
  const main = await readMainHead(repository, task.repo);
  await repository.fetch();
  if (!(await repository.isAncestor(seal.sha, main))) {
    return { kind: 'absent', mainSha: main };
  }
  const landedTree = await readTree(repository, seal.sha);
  if (landedTree !== seal.tree) {
    return {
      kind: 'mismatch',
      reason: `the landed tree is ${landedTree}, sealed was ${seal.tree}`,
    };
  }
  const dropped = await findDroppedEntries(repository, { before: seal.baseSha, after: main });
  if (dropped.length > 0) {
    const reason = `CHANGELOG.md of main lost ${dropped.length} lines, the first: ${dropped[0] ?? ''}`;
    return { kind: 'mismatch', reason };
  }
  return { kind: 'proven', landedSha: seal.sha, landedTree };
}

async function readMainHead(repository: Repository, repo: string): Promise<Sha> {
  const main = await repository.readRemote(MAIN_REF);
  if (main === null) throw new PermanentError(`${repo} has no branch main on the forge`);
  return main;
}

async function findDroppedEntries(
  repository: Repository,
  { before, after }: { before: Sha; after: Sha },
): Promise<string[]> {
  const old = await repository.readFile(before, 'CHANGELOG.md');
  const now = new Set(((await repository.readFile(after, 'CHANGELOG.md')) ?? '').split(/\r?\n/));
  return (old ?? '').split(/\r?\n/).filter((line) => line.trim() !== '' && !now.has(line));
}
