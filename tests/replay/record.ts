import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { Client, Connection } from '@temporalio/client';
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import { openBoardPerson } from '../../workers/demo/person.ts';
import type { Wish } from '../../workers/demo/person.ts';
import { DEMO_WISHES } from '../../workers/demo/wishes.ts';
import { chooseDevPorts } from '../../workers/dev/ports.ts';
import { startStack } from '../../workers/dev/stack.ts';
import { AGENT_POOL_WORKFLOW_ID, stop, taskWorkflowId, view } from '../../workflows/contract.ts';
import { toTaskId } from '../../workflows/domain/ids.ts';
import { playWithKills } from '../chaos/play-with-kills.ts';

/*
 * Records the histories replay.test.ts holds the workflows against: tasks that were done, one of them interrupted, one that was
 * stopped at work, and the lane and the agent pool that served them. Run it when a change of the workflows is meant to be
 * incompatible: `node tests/replay/record.ts`.
 */

const NAMES = ['task-feature', 'task-bug', 'task-rejected-once', 'task-interrupted'];
const INTERRUPTED: Wish = {
  title: 'Add a page in spite of a limit',
  description: 'A page of its own.</p><p>Scenario: usage-limited',
  labels: [],
};
const LOOK_MS = 100;

const dataDir = await mkdtemp(join(tmpdir(), 'orchestrator-record-'));
const say = (line: string): void => void process.stdout.write(`${line}\n`);
const stack = await startStack({
  dataDir,
  ports: await chooseDevPorts(['all=0']),
  profile: 'test',
  paceMs: 100,
  say,
});
const connection = await Connection.connect({ address: `127.0.0.1:${stack.ports.temporal}` });
const client = new Client({ connection });
try {
  for (const [index, wish] of [...DEMO_WISHES, INTERRUPTED].entries()) {
    const { task } = await playWithKills(stack, { wish, kills: [], say });
    await client.workflow.getHandle(taskWorkflowId(task.id)).result();
    await store(taskWorkflowId(task.id), NAMES[index] ?? task.id);
  }
  await store(await stopAtWork(), 'task-stopped');
  await store('lane:acme/notes', 'lane');
  await store(AGENT_POOL_WORKFLOW_ID, 'agent-pool');
} finally {
  await connection.close();
  await stack.stop();
  await rm(dataDir, { recursive: true, force: true });
}

async function store(workflowId: string, name: string): Promise<void> {
  const history = await client.workflow.getHandle(workflowId).fetchHistory();
  const file = join(import.meta.dirname, 'histories', `${name}.json`);
  await writeFile(file, anonymous(JSON.stringify(JSON.parse(historyToJSON(history)))));
  say(`${file}: ${history.events?.length ?? 0} events`);
}

/** Stops a task while its analyst works; answers with its workflow. */
async function stopAtWork(): Promise<string> {
  const anna = await openBoardPerson({
    url: `http://127.0.0.1:${stack.ports.board}`,
    token: stack.secrets.anna,
    workspace: 'acme',
    projectId: stack.boardProjectId,
  });
  const wish = { title: 'Add a page nobody wants', description: 'A page.', labels: [] };
  const { itemId, sequence } = await anna.create(wish);
  await anna.move(itemId, 'To Analyse');
  const handle = client.workflow.getHandle(taskWorkflowId(toTaskId(`NOTE-${sequence}`)));
  const isAtWork = async (): Promise<boolean> => (await handle.query(view)).openRun !== null;
  while (!(await isAtWork().catch(() => false))) await pause(LOOK_MS);
  await handle.executeUpdate(stop, { args: [{ by: 'cli' }] });
  await handle.result();
  return handle.workflowId;
}

/** Takes out what tells of the machine: who polled, and where its files were. */
function anonymous(json: string): string {
  return json
    .replaceAll(/"identity":"[^"]*"/g, '"identity":"worker"')
    .replaceAll(dataDir, '/data')
    .replaceAll(process.cwd(), '/app');
}
