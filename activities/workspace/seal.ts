import type { SealInput } from '../../workflows/domain/activities.ts';
import {
  COVERAGE_REPORT_DOCUMENT,
  renderCoverageReport,
} from '../../workflows/domain/artifacts/coverage-report.ts';
import {
  renderSecurityReport,
  SECURITY_REPORT_DOCUMENT,
} from '../../workflows/domain/artifacts/security-report.ts';
import type { Sha } from '../../workflows/domain/ids.ts';
import { documentsOf } from '../../workflows/domain/ids.ts';
import type { Seal } from '../../workflows/domain/task-state.ts';
import { PermanentError } from '../errors.ts';
import { readCodeIdentity } from '../git/code-identity.ts';
import {
  addFiles,
  commitTree,
  readCodeTree,
  readDate,
  readTree,
  signatureOf,
} from '../git/commits.ts';
import { publishWork } from '../git/publish.ts';
import type { Repository } from '../git/repository.ts';
import type { HostCall } from '../host-ports.ts';
import { runIdOf } from '../run-id.ts';
import { putBack } from './settle-refs.ts';
import { branchRefOf, openRepository, workRefOf } from './workspace.ts';

/**
 * Adds 17 and 18 as the last commit and pushes it as the task branch. Everything in it follows from its input, so a repeat makes
 * the same commit. Throws PermanentError when the code is not the one the tests judged. Source: architecture, the seal.
 */
export async function seal(call: HostCall, input: SealInput): Promise<Seal> {
  const { task, baseSha, workHead, branchHead, testedCodeTree } = input;
  const repository = await openRepository(call, task);
  const ref = workRefOf(task.id);
  if (!(await repository.has(workHead))) await repository.fetch([ref]);
  const codeTree = await readCodeTree(repository, workHead, task.id);
  if (codeTree !== testedCodeTree) {
    throw new PermanentError(`the tests judged ${testedCodeTree}, the code to seal is ${codeTree}`);
  }
  const sha = await commitSeal(repository, input);
  const branch = branchRefOf(task);
  const settled = { task, baseSha, made: sha };
  await putBack(repository, { ...settled, ref, known: workHead });
  await putBack(repository, { ...settled, ref: branch, known: branchHead });
  await publishWork(repository, ref, { from: workHead, to: sha });
  await repository.push(branch, { sha, lease: branchHead });
  const range = { baseSha, head: sha, id: task.id };
  const codeIdentity = await readCodeIdentity(repository, range);
  return { sha, tree: await readTree(repository, sha), codeTree, codeIdentity, baseSha };
}

async function commitSeal(repository: Repository, input: SealInput): Promise<Sha> {
  const { task, key, workHead, security, coverage } = input;
  const folder = documentsOf(task.id);
  const files = {
    [`${folder}/${SECURITY_REPORT_DOCUMENT}`]: renderSecurityReport(task.id, security),
    [`${folder}/${COVERAGE_REPORT_DOCUMENT}`]: renderCoverageReport(task.id, {
      status: 'N/A',
      reason: coverage,
    }),
  };
  return commitTree(repository, {
    tree: await addFiles(repository, workHead, files),
    parent: workHead,
    subject: `seal: ${input.title} (${task.id})`,
    trailers: { refs: task.id, run: runIdOf(key), life: task.life },
    signature: signatureOf('stream', await readDate(repository, workHead)),
  });
}
