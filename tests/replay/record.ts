import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client, Connection } from '@temporalio/client';
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import { DEMO_WISHES } from '../../workers/demo/wishes.ts';
import { chooseDevPorts } from '../../workers/dev/ports.ts';
import { startStack } from '../../workers/dev/stack.ts';
import { playWithKills } from '../chaos/play-with-kills.ts';

/*
 * Records the histories replay.test.ts holds the workflows against: plays the demo's three tasks and stores what Temporal
 * kept. Run it when a change of the workflows is meant to be incompatible: `node tests/replay/record.ts`.
 */

const NAMES = ['task-feature', 'task-bug', 'task-rejected-once'];

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
try {
  const client = new Client({ connection });
  for (const [index, wish] of DEMO_WISHES.entries()) {
    const { task } = await playWithKills(stack, { wish, kills: [], say });
    const handle = client.workflow.getHandle(`task:${task.id}`);
    await handle.result();
    const history = await handle.fetchHistory();
    const file = join(import.meta.dirname, 'histories', `${NAMES[index] ?? task.id}.json`);
    await writeFile(file, anonymous(JSON.stringify(JSON.parse(historyToJSON(history)))));
    say(`${file}: ${history.events?.length ?? 0} events`);
  }
} finally {
  await connection.close();
  await stack.stop();
  await rm(dataDir, { recursive: true, force: true });
}

/** Takes out what tells of the machine: who polled, and where its files were. */
function anonymous(json: string): string {
  return json
    .replaceAll(/"identity":"[^"]*"/g, '"identity":"worker"')
    .replaceAll(dataDir, '/data')
    .replaceAll(process.cwd(), '/app');
}
