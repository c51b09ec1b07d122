import {
  parseTestReport,
  renderTestReport,
  TEST_REPORT_DOCUMENT,
} from '../../workflows/domain/artifacts/test-report.ts';
import type { Sha } from '../../workflows/domain/ids.ts';
import { documentsOf } from '../../workflows/domain/ids.ts';
import type { RunKey } from '../../workflows/domain/runs.ts';
import type { TaskRef } from '../../workflows/domain/task-state.ts';
import type { TestVerdict } from '../../workflows/domain/verdicts.ts';
import { documentIdOf } from '../documents.ts';
import { ToolError } from '../errors.ts';
import { addFiles, commitTree, readCodeTree, signatureOf } from '../git/commits.ts';
import { publishWork } from '../git/publish.ts';
import type { Repository } from '../git/repository.ts';
import type { HostCall } from '../host-ports.ts';
import { runIdOf } from '../run-id.ts';
import { workRefOf } from '../workspace/workspace.ts';
import { saveMustFix } from './must-fix.ts';
import { testTree } from './test-tree.ts';

/** What is to be tested; `key` names the run. */
export interface TestRequest {
  task: TaskRef;
  key: RunKey;
  head: Sha;
  baseSha: Sha;
  timeoutMs: number;
}

/** Tests a tree, and commits 13-test-report.md on top of it unless nothing was learnt about the code. */
export async function testAndReport(
  call: HostCall,
  repository: Repository,
  request: TestRequest,
): Promise<{ verdict: TestVerdict; workHead: Sha }> {
  const { task, key, head } = request;
  const runId = runIdOf(key);
  const tests = await testTree(call, repository, { ...request, runId });
  if (tests.kind === 'defect') return { verdict: tests, workHead: head };
  const failed = tests.kind === 'fail' ? tests.failed : 0;
  const report = renderTestReport(task.id, {
    ...tests,
    result: tests.kind === 'pass' ? 'PASS' : 'FAIL',
    failed,
    command: call.ports.registry.byKey(task.project).commands.test,
  });
  const path = `${documentsOf(task.id)}/${TEST_REPORT_DOCUMENT}`;
  const workHead = await commitTree(repository, {
    tree: await addFiles(repository, head, { [path]: report }),
    parent: head,
    subject: `tester: ${tests.kind} (${task.id})`,
    trailers: { refs: task.id, run: runId, life: task.life },
    signature: signatureOf('tester', tests.endedAt),
  });
  if (tests.kind === 'fail') {
    await saveMustFix(call, request, {
      name: TEST_REPORT_DOCUMENT,
      body: mustFixText(tests.output),
    });
  }
  await publishWork(repository, workRefOf(task.id), { from: head, to: workHead });
  return { verdict: await readTestVerdict(repository, { ...request, head: workHead }), workHead };
}

const mustFixText = (output: string) => `The tests fail. The end of their output:\n\n${output}`;

/** The verdict in the test report at `head`, as the one that wrote it would answer. */
export async function readTestVerdict(
  repository: Repository,
  { task, key, head }: Pick<TestRequest, 'task' | 'key' | 'head'>,
): Promise<TestVerdict> {
  const path = `${documentsOf(task.id)}/${TEST_REPORT_DOCUMENT}`;
  const report = parseTestReport(await repository.readFile(head, path), task.id);
  if (report.kind === 'unreadable') throw new ToolError(`${path} at ${head}: ${report.reason}`);
  const { result, passed, failed } = report.value;
  if (result === 'PASS') {
    return { kind: 'pass', passed, codeTree: await readCodeTree(repository, head, task.id) };
  }
  const documentId = documentIdOf(key, TEST_REPORT_DOCUMENT);
  return { kind: 'fail', failed, mustFixRef: { documentId, url: null } };
}
