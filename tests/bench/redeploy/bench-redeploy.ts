import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { Client, Connection } from '@temporalio/client';
import { RunDirectory } from '../../../activities/runs/run-directory.ts';
import type { RunExit } from '../../../activities/runs/runs.ts';
import { openBoardPerson } from '../../../workers/demo/person.ts';
import { chooseDevPorts } from '../../../workers/dev/ports.ts';
import { startStack } from '../../../workers/dev/stack.ts';
import type { Stack } from '../../../workers/dev/stack.ts';
import { taskWorkflowId, view } from '../../../workflows/contract.ts';
import { toTaskId } from '../../../workflows/domain/ids.ts';
import type { TaskId } from '../../../workflows/domain/ids.ts';
import type { TaskView } from '../../../workflows/domain/task-state.ts';

/** How long the developer's run is made to last, and when the workers of both kinds are replaced meanwhile. */
const RUN_MS = 180_000;
const REDEPLOYS_AT_MS = [60_000, 120_000];
const LOOK_MS = 250;

/** One developer run as its supervisor saw it. */
interface Measured {
  redeploys: number;
  wallMs: number;
  workedMs: number;
  launches: number;
}

/** Measures what replacing both workers twice in the middle of a three-minute run costs it; prints a table or JSON. */
export async function benchRedeploy({ json }: { json: boolean }): Promise<void> {
  const say = (line: string): void => void process.stderr.write(`${line}\n`);
  const dataDir = await mkdtemp(join(tmpdir(), 'orchestrator-redeploy-'));
  const stack = await startStack({
    dataDir,
    ports: await chooseDevPorts(['all=0']),
    profile: 'test',
    paceMs: 50,
    scripted: { SCRIPTED_AGENT_RUN_MS: String(RUN_MS) },
    say,
  });
  try {
    const without = await measure(stack, [], say);
    const within = await measure(stack, REDEPLOYS_AT_MS, say);
    const costMs = within.workedMs - without.workedMs;
    const figures = { without, with: within, costMs };
    process.stdout.write(json ? `${JSON.stringify(figures)}\n` : table(without, within));
  } finally {
    await stack.stop();
    await rm(dataDir, { recursive: true, force: true });
  }
}

async function measure(
  stack: Stack,
  redeploysAtMs: readonly number[],
  say: (line: string) => void,
): Promise<Measured> {
  const connection = await Connection.connect({ address: `127.0.0.1:${stack.ports.temporal}` });
  const client = new Client({ connection });
  try {
    const id = await begin(stack);
    say(`${id} begins, ${redeploysAtMs.length} redeploys`);
    const running = await until(client, id, ({ openRun }) => openRun?.role === 'developer');
    const begun = Date.now();
    for (const atMs of redeploysAtMs) {
      await pause(begun + atMs - Date.now());
      say(`${((Date.now() - begun) / 1000).toFixed(0)} s: both workers get SIGTERM`);
      for (const name of ['worker agents', 'worker flow'] as const) {
        process.kill(stack.child(name).pid(), 'SIGTERM');
      }
    }
    const known = running.runs.length;
    const done = await until(client, id, ({ runs }) => runs.length > known);
    const exit = await readExit(stack, done.runs[known]?.runId ?? '');
    return {
      redeploys: redeploysAtMs.length,
      wallMs: Date.parse(exit.endedAt) - Date.parse(exit.startedAt),
      workedMs: exit.workedMs,
      launches: exit.launches,
    };
  } finally {
    await connection.close();
  }
}

async function begin(stack: Stack): Promise<TaskId> {
  const anna = await openBoardPerson({
    url: `http://127.0.0.1:${stack.ports.board}`,
    token: stack.secrets.anna,
    workspace: 'acme',
    projectId: stack.boardProjectId,
  });
  const { itemId, sequence } = await anna.create({
    title: 'Add a page that takes long',
    description: 'A page of its own.</p><p>Scenario: long-run',
    labels: ['autoApprove'],
  });
  await anna.move(itemId, 'To Analyse');
  return toTaskId(`NOTE-${sequence}`);
}

/** Looks at the task until it is as wanted; a worker that is being replaced answers later. */
async function until(
  client: Client,
  id: TaskId,
  isWanted: (seen: TaskView) => boolean,
): Promise<TaskView> {
  for (;;) {
    const handle = client.workflow.getHandle(taskWorkflowId(id));
    const seen = await handle.query(view).catch(() => null);
    if (seen !== null && isWanted(seen)) return seen;
    await pause(LOOK_MS);
  }
}

async function readExit(stack: Stack, runId: string): Promise<RunExit> {
  const exit = await new RunDirectory(join(stack.dataDir, 'runs'), runId).readExit();
  if (exit === null) throw new Error(`run ${runId} has no recorded end`);
  return exit;
}

function table(without: Measured, within: Measured): string {
  const row = ({ redeploys, wallMs, workedMs, launches }: Measured): string =>
    [redeploys, launches, (wallMs / 1000).toFixed(2), (workedMs / 1000).toFixed(2)]
      .map((cell) => String(cell).padStart(10))
      .join('');
  const head = ['redeploys', 'launches', 'wall s', 'worked s'].map((cell) => cell.padStart(10));
  const cost = ((within.workedMs - without.workedMs) / 1000).toFixed(2);
  return `${head.join('')}\n${row(without)}\n${row(within)}\nagent time lost by redeploys: ${cost} s\n`;
}
