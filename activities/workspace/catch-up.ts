import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import type { CatchUpInput } from '../../workflows/domain/activities.ts';
import type { Sha } from '../../workflows/domain/ids.ts';
import { toSha } from '../../workflows/domain/ids.ts';
import type { CatchUpVerdict, TestVerdict } from '../../workflows/domain/verdicts.ts';
import { withFileLock } from '../file-lock.ts';
import { PermanentError } from '../errors.ts';
import { saveMustFix } from '../gates/must-fix.ts';
import { readTestVerdict, testAndReport } from '../gates/report-tests.ts';
import { readCodeIdentity } from '../git/code-identity.ts';
import { readParent, readTrailers } from '../git/commits.ts';
import { publishWork } from '../git/publish.ts';
import { rebaseCommits } from '../git/rebase.ts';
import type { Repository } from '../git/repository.ts';
import type { HostCall } from '../host-ports.ts';
import { runIdOf } from '../run-id.ts';
import { MAIN_REF } from './prepare-workspace.ts';
import { openRepository, workRefOf, workspaceOf } from './workspace.ts';

/**
 * Rebases the task on main as it is now and tests the combined tree; nothing when main has not moved. The first attempt fixes
 * which main that is, so a repeat makes the same commits. Source: ORCH-043.
 */
export async function catchUp(call: HostCall, input: CatchUpInput): Promise<CatchUpVerdict> {
  const { task, baseSha } = input;
  const repository = await openRepository(call, task);
  const onto = await readTarget(call, repository, input);
  if (onto === baseSha) return { kind: 'current' };
  await repository.fetch();
  const rebased = await rebaseTask(call, repository, { input, onto });
  if (rebased.kind === 'conflict') {
    const document = { name: 'conflict.md', body: rebased.text };
    return { kind: 'conflict', mustFixRef: await saveMustFix(call, input, document) };
  }
  const { workHead, retest } = await publishAndTest(call, repository, {
    input,
    onto,
    head: rebased.head,
  });
  const range = { baseSha: onto, head: workHead, id: task.id };
  const codeIdentity = await readCodeIdentity(repository, range);
  return { kind: 'rebased', workHead, baseSha: onto, codeIdentity, retest };
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

async function publishAndTest(
  call: HostCall,
  repository: Repository,
  { input, onto, head }: { input: CatchUpInput; onto: Sha; head: Sha },
): Promise<{ workHead: Sha; retest: TestVerdict }> {
  const { task, key, workHead, timeoutMs } = input;
  const ref = workRefOf(task.id);
  const found = await repository.readRemote(ref);
  if (found !== null && found !== workHead && found !== head) {
    await repository.fetch([ref]);
    const reported = (await readTrailers(repository, found)).run === runIdOf(key);
    if (!reported || (await readParent(repository, found)) !== head) {
      throw new PermanentError(`${ref} is ${found} where this catch-up starts at ${workHead}`);
    }
    return {
      workHead: found,
      retest: await readTestVerdict(repository, { task, key, head: found }),
    };
  }
  if (found !== head) await publishWork(repository, ref, { from: workHead, to: head });
  const request = { task, key, head, baseSha: onto, timeoutMs };
  const { verdict, workHead: reportedHead } = await testAndReport(call, repository, request);
  return { workHead: reportedHead, retest: verdict };
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
