import { join } from 'node:path';
import type { Sha } from '../../workflows/domain/ids.ts';
import type { TaskRef } from '../../workflows/domain/task-state.ts';
import type { Repository } from '../git/repository.ts';
import type { HostCall } from '../host-ports.ts';
import { repeatOf } from '../run-id.ts';
import { makeRunFolders, runEnvironment, runFolders } from '../runs/run-environment.ts';
import { readLastOutput } from '../runs/read-last-output.ts';
import type { RunExit } from '../runs/runs.ts';
import { sandboxOfCommand } from '../runs/sandbox/isolation.ts';
import { rebuildTree } from '../workspace/rebuild-tree.ts';
import { workspaceOf } from '../workspace/workspace.ts';
import type { TestCounts } from './test-output.ts';
import { failedAlike, readTestOutput, tailOf } from './test-output.ts';

/** What the project's tests said about one tree. `defect` = nothing about the code. */
export type TreeTests =
  | { kind: 'pass'; passed: number; output: string; exitCode: number; endedAt: string }
  | {
      kind: 'fail';
      failed: number;
      passed: number;
      output: string;
      exitCode: number;
      endedAt: string;
    }
  | { kind: 'defect'; reason: string };

/** The tree to test and the time one run of the tests may take. */
export interface TestSpec {
  task: TaskRef;
  runId: string;
  head: Sha;
  baseSha: Sha;
  timeoutMs: number;
}

interface OneRun {
  exit: RunExit;
  exitCode: number | null;
  output: string;
  counts: TestCounts;
}

const TAIL_BYTES = 200_000;
/** What shells and Node answer when a command could not be run or was killed. */
const NOT_THE_TESTS = new Map([
  [126, 'the test command cannot be executed'],
  [127, 'the test command was not found'],
  [134, 'the tests were aborted, out of memory perhaps'],
  [137, 'the tests were killed, out of memory perhaps'],
]);

/**
 * Runs the project's test command on a fresh tree at `head`. Red is run once more on the same tree made anew: only the same
 * failure twice is a failure, everything else a defect. Source: ORCH-109, ORCH-110.
 */
export async function testTree(
  call: HostCall,
  repository: Repository,
  spec: TestSpec,
): Promise<TreeTests> {
  const first = await runTestsOnce(call, repository, spec);
  const broken = findDefect(first);
  if (broken !== null) return { kind: 'defect', reason: broken };
  if (first.exitCode === 0) return conclude(first);
  const second = await runTestsOnce(call, repository, { ...spec, runId: repeatOf(spec.runId) });
  const brokenAgain = findDefect(second);
  if (brokenAgain !== null) return { kind: 'defect', reason: brokenAgain };
  if (!failedAlike(first, second)) {
    return { kind: 'defect', reason: 'two runs of the tests on the same tree ended differently' };
  }
  return conclude(second);
}

function conclude({ exit, exitCode, output, counts }: OneRun): TreeTests {
  const passed = counts.passed ?? 0;
  const common = { passed, output, exitCode: exitCode ?? 0, endedAt: exit.endedAt };
  if (exitCode === 0 && counts.passed === 0 && counts.failed === 0) {
    return { kind: 'fail', failed: 1, ...common, output: `The command ran no tests.\n${output}` };
  }
  if (exitCode === 0) return { kind: 'pass', ...common };
  return { kind: 'fail', failed: counts.failed || counts.failures.length || 1, ...common };
}

function findDefect({ exit, exitCode }: OneRun): string | null {
  if (exit.timedOut) return 'the tests did not end in time';
  if (exit.killed !== null) return `the tests were ended: ${exit.killed}`;
  if (exitCode === null) return `the tests were ended by ${exit.signal ?? 'a signal'}`;
  return NOT_THE_TESTS.get(exitCode) ?? null;
}

async function runTestsOnce(
  call: HostCall,
  repository: Repository,
  spec: TestSpec,
): Promise<OneRun> {
  const { ports } = call;
  const { task, runId, head, baseSha, timeoutMs } = spec;
  const directory = ports.runs.directoryOf(runId);
  const { tree, lock } = workspaceOf(task, ports.dataDir);
  const { commands, sandbox } = ports.registry.byKey(task.project);
  const { isolation } = ports;
  const place = {
    writable: [tree, ...runFolders(directory)],
    objects: join(repository.gitDir, 'objects'),
    hosts: sandbox.hosts,
  };
  const exit = await ports.runs.run(
    {
      runId,
      continuation: 0,
      lockPath: lock,
      cwd: tree,
      timeoutMs,
      sandbox: isolation && sandboxOfCommand(isolation, place),
      secrets: [],
    },
    {
      owner: call.owner,
      cancel: call.cancel,
      detach: call.detach,
      onHeartbeat: call.beat,
      prepare: async () => {
        await makeRunFolders(directory);
        await rebuildTree(ports.git, repository, { tree, head, baseSha, branch: task.branch });
        return {
          argv: commands.test,
          env: runEnvironment(directory, ports.path),
          stdinPath: null,
        };
      },
    },
  );
  const [said, complained] = await Promise.all([
    readLastOutput(exit, 'stdout', TAIL_BYTES),
    readLastOutput(exit, 'stderr', TAIL_BYTES),
  ]);
  const output = `${said}\n${complained}`;
  const counts = readTestOutput(output);
  return { exit, exitCode: exit.exitCode, output: tailOf(output), counts };
}
