import type { StopAnswer } from '../../workflows/domain/stop.ts';
import { withTemporal } from '../ask-workflow.ts';
import { EXIT } from '../cli-problem.ts';
import { atTaskDesk, parseTaskId } from '../report/task-desk.ts';
import { stopTask } from '../stop-task.ts';
import type { Stopped } from '../stop-task.ts';
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
  const lookUp = () => atTaskDesk((desk) => desk.report(id));
  const stopped = await withTemporal((client) => stopTask(client, lookUp, id));
  const line = json === true ? JSON.stringify({ id, ...stopped }) : `${id} ${describe(stopped)}`;
  process.stdout.write(`${line}\n`);
  return EXIT.ok;
}

function describe(stopped: Stopped): string {
  if (stopped.answer !== 'ended') return TEXTS[stopped.answer];
  const { stage, endedAt } = stopped;
  return endedAt === null ? `is over: its workflow was ended in ${stage}` : `is over: ${stage}`;
}
