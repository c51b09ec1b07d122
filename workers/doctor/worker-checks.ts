import type { Client } from '@temporalio/client';
import { QUEUES } from '../../workflows/contract.ts';
import type { CommonConfig } from '../config.ts';
import { peekHostId } from '../host-id.ts';
import { reasonOf } from '../reason-of.ts';
import { openTemporalClient, within } from '../temporal-client.ts';
import { ok, warning } from './finding.ts';
import type { Check, Finding } from './finding.ts';

const CALL_MS = 5000;
/** A poll waits up to a minute for work; the server remembers who polled for five. */
const FRESH_MS = 90_000;
/** Kinds of task queues as numbers of Temporal's API. */
const KIND = { workflow: 1, activity: 2 } as const;
const CHECK = 'workers';

/** One queue somebody must poll, and the command that does. */
interface Polled {
  queue: string;
  kind: keyof typeof KIND;
  command: string;
}

/** Whether the workers poll: worker flow, and worker agents of this host when it has had one. */
export function workersCheck(config: CommonConfig): Check {
  const fix = 'start the Temporal server first, then the workers';
  return { name: CHECK, fix, look: () => checkWorkers(config, fix) };
}

async function checkWorkers(config: CommonConfig, fix: string): Promise<readonly Finding[]> {
  const host = peekHostId(config.dataDir);
  const polled: Polled[] = [
    { queue: QUEUES.flow, kind: 'workflow', command: 'orch worker flow' },
    ...(host === null
      ? []
      : [{ queue: QUEUES.agents(host), kind: 'activity', command: 'orch worker agents' } as const]),
  ];
  const client = openTemporalClient(config.temporal);
  try {
    const { namespace } = config.temporal;
    return await Promise.all(
      polled.map(async (each) =>
        judgePolls(each, await findLastPoll(client, namespace, each), Date.now()),
      ),
    );
  } catch (error) {
    return [warning(CHECK, `unknown whether they poll: ${reasonOf(error)}`, fix)];
  } finally {
    await client.connection.close();
  }
}

/** Epoch milliseconds, or null when nobody polled lately. */
async function findLastPoll(
  client: Client,
  namespace: string,
  { queue, kind }: Polled,
): Promise<number | null> {
  const request = { namespace, taskQueue: { name: queue }, taskQueueType: KIND[kind] };
  const { pollers } = await within(client, CALL_MS, () =>
    // eslint-disable-next-line @typescript-eslint/no-unsafe-enum-assignment -- the enum is in no package of ours
    client.workflowService.describeTaskQueue(request),
  );
  const times = pollers.map(({ lastAccessTime }) => Number(lastAccessTime?.seconds ?? 0) * 1000);
  return times.length === 0 ? null : Math.max(...times);
}

/** What the last poll of a queue says of its worker; it may also poll nothing because all its slots are taken. */
export function judgePolls(
  { queue, command }: Pick<Polled, 'queue' | 'command'>,
  lastPollMs: number | null,
  nowMs: number,
): Finding {
  if (lastPollMs !== null && nowMs - lastPollMs <= FRESH_MS) {
    return ok(CHECK, `queue ${queue} is polled`);
  }
  const since = lastPollMs === null ? '' : ` for ${Math.round((nowMs - lastPollMs) / 1000)} s`;
  return warning(
    CHECK,
    `nobody polls queue ${queue}${since}`,
    `start "${command}", unless it is up and all its slots are taken`,
  );
}
