import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import type { CatchUpInput } from '../../workflows/domain/activities.ts';
import type { Sha } from '../../workflows/domain/ids.ts';
import { toSha } from '../../workflows/domain/ids.ts';
import type { CatchUpVerdict } from '../../workflows/domain/verdicts.ts';
import { withFileLock } from '../file-lock.ts';
import { PermanentError } from '../errors.ts';
import { saveMustFix } from '../gates/must-fix.ts';
import { readCodeIdentity } from '../git/code-identity.ts';
import { readCodeTree } from '../git/commits.ts';
import { publishWork } from '../git/publish.ts';
import { rebaseCommits } from '../git/rebase.ts';
import type { Repository } from '../git/repository.ts';
import type { HostCall } from '../host-ports.ts';
import { runIdOf } from '../run-id.ts';
import { MAIN_REF } from './prepare-workspace.ts';
import { putBack } from './settle-refs.ts';
import { openRepository, workRefOf, workspaceOf } from './workspace.ts';

/**
 * Rebases the task on main as it is now; the commits stay when main has not moved. The first attempt fixes which main that
 * is, so a repeat makes the same commits. Source: ORCH-043.
 */
export async function catchUp(call: HostCall, input: CatchUpInput): Promise<CatchUpVerdict> {
  const { task, baseSha, workHead } = input;
  const repository = await openRepository(call, task);
  const onto = await readTarget(call, repository, input);
  if (onto === baseSha) return describe(repository, { input, onto, head: workHead });
  await repository.fetch();
  const rebased = await rebaseTask(call, repository, { input, onto });
  if (rebased.kind === 'conflict') {
    const document = { name: 'conflict.md', body: rebased.text };
    return { kind: 'conflict', mustFixRef: await saveMustFix(call, input, document) };
  }
  const { head } = rebased;
  const ref = workRefOf(task.id);
  await putBack(repository, { task, ref, known: workHead, baseSha, made: head });
  await publishWork(repository, ref, { from: workHead, to: head });
  return describe(repository, { input, onto, head });
}

async function describe(
  repository: Repository,
  { input, onto, head }: { input: CatchUpInput; onto: Sha; head: Sha },
): Promise<CatchUpVerdict> {
  const { id } = input.task;
  return {
    kind: 'caught-up',
    hasMoved: onto !== input.baseSha,
    workHead: head,
    baseSha: onto,
    codeIdentity: await readCodeIdentity(repository, { baseSha: onto, head, id }),
    codeTree: await readCodeTree(repository, head, id),
  };
}

async function rebaseTask(
  call: HostCall,
  repository: Repository,
  { input, onto }: { input: CatchUpInput; onto: Sha },
) {
  const { baseSha, workHead: head, task } = input;
  const { folder, catchUpTree } = workspaceOf(task, call.ports.dataDir);
  await mkdir(folder, { recursive: true });
  return withFileLock(join(folder, 'catch-up.lock'), call.signal, () =>
    rebaseCommits(call.ports.git, repository, { folder: catchUpTree, baseSha, head, onto }),
  );
}

const Target = z.object({ main: z.string().transform(toSha) });

async function readTarget(
  call: HostCall,
  repository: Repository,
  { key, task }: CatchUpInput,
): Promise<Sha> {
  const directory = call.ports.runs.directoryOf(runIdOf(key));
  const record = join(directory, 'target.json');
  const kept = await readFile(record, 'utf8').catch(() => null);
  if (kept !== null) return Target.parse(JSON.parse(kept)).main;
  const main = await repository.readRemote(MAIN_REF);
  if (main === null) throw new PermanentError(`${task.repo} has no branch main on the forge`);
  await mkdir(directory, { recursive: true });
  await writeFile(`${record}.tmp`, JSON.stringify({ main }));
  await rename(`${record}.tmp`, record);
  return main;
}
