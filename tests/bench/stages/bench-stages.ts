import { Client, Connection } from '@temporalio/client';
import { DefaultLogger, NativeConnection, Runtime, Worker } from '@temporalio/worker';
import { ATTRIBUTES, QUEUES } from '../../../workflows/contract.ts';
import { toRepoSlug, toTaskId } from '../../../workflows/domain/ids.ts';
import type { TaskInput } from '../../../workflows/domain/task-state.ts';
import { startDevServer } from '../../world/dev-server.ts';
import { defaultPolicy } from '../../world/task-at.ts';
import type { bareActivities, stagesOnly } from './workflows.ts';

const WARM_UP = 10;
const ONE_BY_ONE = 60;
const ROUNDS = 5;
const IN_FLIGHT = 32;
const LOAD = 160;

/** Figures of one workflow: latency alone, throughput at 32 in flight, history of one task. */
interface Figures {
  p50Ms: number;
  p99Ms: number;
  tasksPerSecond: number;
  events: number;
  historyBytes: number;
}

type Run = (workflowId: string) => Promise<void>;

/** Measures the stage loop beside a bare 8-activity workflow on one dev server, in turns; prints a table or JSON. */
export async function benchStages({ json }: { json: boolean }): Promise<void> {
  Runtime.install({ logger: new DefaultLogger('ERROR') });
  const say = (line: string): void => void process.stderr.write(`${line}\n`);
  say('starting a Temporal dev server and a worker');
  const server = await startDevServer();
  const native = await NativeConnection.connect({ address: server.address });
  const connection = await Connection.connect({ address: server.address });
  try {
    const worker = await Worker.create({
      connection: native,
      taskQueue: QUEUES.flow,
      workflowsPath: new URL('./workflows.ts', import.meta.url).pathname,
      activities: {
        findDeadHolders: () => Promise.resolve({ requestIds: [] }),
        applyEffects: () => Promise.resolve({ policy: null }),
      },
      maxConcurrentActivityTaskExecutions: 100,
      maxCachedWorkflows: 200,
    });
    const client = new Client({ connection });
    const figures = await worker.runUntil(measureBoth(client, say));
    process.stdout.write(json ? `${JSON.stringify(figures)}\n` : table(figures));
  } finally {
    await connection.close();
    await native.close();
    await server.stop();
  }
}

async function measureBoth(
  client: Client,
  say: (line: string) => void,
): Promise<{ ours: Figures; bare: Figures }> {
  const runs = { ours: runOurs(client), bare: runBare(client) };
  const times: Record<keyof typeof runs, number[]> = { ours: [], bare: [] };
  const names = ['ours', 'bare'] as const;
  for (const name of names) {
    for (let i = 0; i < WARM_UP; i += 1) await runs[name](`warm-${name}-${i}`);
  }
  for (let round = 1; round <= ROUNDS; round += 1) {
    say(`one at a time, round ${round} of ${ROUNDS}`);
    for (const name of names) {
      for (let i = 0; i < ONE_BY_ONE / ROUNDS; i += 1) {
        times[name].push(await timed(() => runs[name](`single-${name}-${round}-${i}`)));
      }
    }
  }
  const figures = async (name: keyof typeof runs): Promise<Figures> => {
    say(`${IN_FLIGHT} in flight: ${name}`);
    const tasksPerSecond = await measureLoad(name, runs[name]);
    const history = await client.workflow.getHandle(`single-${name}-1-0`).fetchHistory();
    return {
      p50Ms: percentile(times[name], 50),
      p99Ms: percentile(times[name], 99),
      tasksPerSecond,
      events: history.events?.length ?? 0,
      historyBytes: await historySize(client, `single-${name}-1-0`),
    };
  };
  return { ours: await figures('ours'), bare: await figures('bare') };
}

const inputOf = (workflowId: string): TaskInput => ({
  project: 'bench',
  id: toTaskId('BENCH-1'),
  itemId: workflowId,
  repo: toRepoSlug('acme/bench'),
});

const runOurs =
  (client: Client): Run =>
  async (workflowId) => {
    await client.workflow.execute<typeof stagesOnly>('stagesOnly', {
      ...{ workflowId, taskQueue: QUEUES.flow, args: [inputOf(workflowId), defaultPolicy] },
      typedSearchAttributes: [{ key: ATTRIBUTES.project, value: 'bench' }],
    });
  };

const runBare =
  (client: Client): Run =>
  async (workflowId) => {
    await client.workflow.execute<typeof bareActivities>('bareActivities', {
      ...{ workflowId, taskQueue: QUEUES.flow, args: [] },
    });
  };

async function timed(work: () => Promise<void>): Promise<number> {
  const begun = performance.now();
  await work();
  return performance.now() - begun;
}

async function measureLoad(name: string, run: Run): Promise<number> {
  let next = 0;
  const lane = async (): Promise<void> => {
    while (next < LOAD) {
      next += 1;
      await run(`load-${name}-${next}`);
    }
  };
  const ms = await timed(async () => {
    await Promise.all(Array.from({ length: IN_FLIGHT }, lane));
  });
  return round((LOAD * 1000) / ms);
}

async function historySize(client: Client, workflowId: string): Promise<number> {
  const { raw } = await client.workflow.getHandle(workflowId).describe();
  return Number(raw.workflowExecutionInfo?.historySizeBytes ?? 0);
}

function percentile(values: readonly number[], percent: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  const index = Math.min(sorted.length - 1, Math.ceil((percent / 100) * sorted.length) - 1);
  return round(sorted[index] ?? 0);
}

const round = (value: number): number => Math.round(value * 10) / 10;

function table({ ours, bare }: { ours: Figures; bare: Figures }): string {
  const row = (name: string, of: (figures: Figures) => number): string =>
    `${name.padEnd(28)}${String(of(ours)).padStart(10)}${String(of(bare)).padStart(10)}` +
    `${(of(ours) / of(bare)).toFixed(2).padStart(10)}\n`;
  return [
    `${''.padEnd(28)}${'ours'.padStart(10)}${'bare'.padStart(10)}${'ratio'.padStart(10)}\n`,
    row('p50, ms', ({ p50Ms }) => p50Ms),
    row('p99, ms', ({ p99Ms }) => p99Ms),
    row(`tasks/s, ${IN_FLIGHT} in flight`, ({ tasksPerSecond }) => tasksPerSecond),
    row('events a task', ({ events }) => events),
    row('history a task, bytes', ({ historyBytes }) => historyBytes),
    '\nours: eight stages, a no-op producer and one batch of effects each; lane and slots left out.\n',
    'bare: eight no-op activities in a row.\n',
  ].join('');
}
