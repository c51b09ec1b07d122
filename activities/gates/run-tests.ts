import type { HostActivities } from '../../workflows/domain/activities.ts';
import { toSha } from '../../workflows/domain/ids.ts';
import type { HostCall } from '../host-ports.ts';
import { runIdOf } from '../run-id.ts';
import { findOwnCommit } from '../workspace/settle-refs.ts';
import { openRepository, workRefOf } from '../workspace/workspace.ts';
import { readTestVerdict, testAndReport } from './report-tests.ts';

/** Runs the project's tests on workHead and commits their report. Safe to repeat: a report that is there is read, not made again. */
export async function runTests(
  call: HostCall,
  input: Parameters<HostActivities['runTests']>[0],
): ReturnType<HostActivities['runTests']> {
  const { task, key, workHead: head } = input;
  const repository = await openRepository(call, task);
  if (!(await repository.has(head))) await repository.fetch([workRefOf(task.id)]);
  const main = await repository.line(['merge-base', 'refs/remotes/origin/main', head]);
  const baseSha = toSha(main);
  const about = { task, runId: runIdOf(key), start: head, baseSha };
  const done = await findOwnCommit(repository, about);
  if (done !== null) {
    return {
      verdict: await readTestVerdict(repository, { task, key, head: done }),
      workHead: done,
    };
  }
  return testAndReport(call, repository, { ...input, head, baseSha });
}
