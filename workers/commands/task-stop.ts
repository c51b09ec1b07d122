import { randomUUID } from 'node:crypto';
import { stop } from '../../workflows/contract.ts';
import type { StopAnswer } from '../../workflows/domain/stop.ts';
import { EXIT } from '../cli-problem.ts';
import { loadCommonConfig } from '../config.ts';
import { parseTaskId } from '../report/task-desk.ts';
import { cancelTask, updateTask } from '../task-update.ts';
import { openTemporalClient } from '../temporal-client.ts';
import type { TaskOptions } from './task.ts';

const TEXTS: Readonly<Record<StopAnswer | 'kept', string>> = {
  stopping: 'is being stopped: its run is ended, its work kept',
  deferred: 'is changing production: it stops as soon as that has ended, unless it ends well',
  'watch-ended': 'has landed already: only the watch is ended',
  repeated: 'was told to stop before',
  over: 'is over',
  kept: 'did not answer within 3 s; the STOP is kept by Temporal and carried out when a worker is up',
};

/** Stops a task as the board's STOP does. Answers the exit code. */
export async function taskStop(text: string, { json }: TaskOptions): Promise<number> {
  const id = parseTaskId(text);
  const client = openTemporalClient(loadCommonConfig(process.env).temporal);
  try {
    const answer = await askToStop(client, id);
    const line = json === true ? JSON.stringify({ id, answer }) : `${id} ${TEXTS[answer]}`;
    process.stdout.write(`${line}\n`);
    return EXIT.ok;
  } finally {
    await client.connection.close();
  }
}

async function askToStop(
  client: ReturnType<typeof openTemporalClient>,
  id: ReturnType<typeof parseTaskId>,
): Promise<StopAnswer | 'kept'> {
  const argument = { by: 'cli' } as const;
  const said = await updateTask(client, { id, updateId: randomUUID(), update: stop, argument });
  if (said.kind === 'answered') return said.answer;
  await cancelTask(client, id);
  return 'kept';
}
