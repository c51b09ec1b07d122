import { randomUUID } from 'node:crypto';
import type { WorkflowHandle } from '@temporalio/client';
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import {
  addBudget,
  budgetView,
  moneyAnswered,
  poolView,
  slotAnswered,
  view,
} from '../../workflows/contract.ts';
import type { BudgetPolicy } from '../../workflows/domain/budget.ts';
import type { Life, RepoSlug, TaskId } from '../../workflows/domain/ids.ts';
import type { TaskState } from '../../workflows/domain/task-state.ts';
import { defaultPolicy, taskAt } from '../world/task-at.ts';
import { finishRun, stage } from './asker-workflows.ts';
import type { runner } from './asker-workflows.ts';
import { startGrantWorld } from './grant-world.ts';
import type { GrantWorld } from './grant-world.ts';

/* The task's side, with the real pool, budgets and lane. Every task has a host and a project of its own test. */

const SOON = { timeout: 20_000, interval: 50 };
type Task = WorkflowHandle<typeof runner>;

let world: GrantWorld;
let test: string;
beforeAll(async () => {
  world = await startGrantWorld();
});
afterAll(() => world[Symbol.asyncDispose]());
beforeEach(() => {
  test = randomUUID();
});

const until = <T>(read: () => Promise<T>) => expect.poll(read, SOON);
const waitOf = async (task: Task) => (await task.query(view)).wait;
const finish = async (task: Task, usd: number | null = 1) => {
  await task.signal(finishRun, { report: { kind: 'ok' }, usd });
  await task.result();
  await world.replay(task.workflowId);
};
const isRunning = (task: Task) => until(() => task.query(stage)).toBe('runs');
const taken = async () => {
  const pool = await world.pool.query(poolView);
  return pool.hosts.find(({ host }) => host === test)?.taken;
};
const budgetOf = () => world.budget(test).query(budgetView);

function policyWith(budget: Partial<BudgetPolicy>): void {
  const none = { taskUsd: null, dayUsd: null, projectUsd: null, noProgressUsd: null };
  const policy = {
    ...defaultPolicy,
    laneRepeatMs: 1_000,
    budget: { ...none, reserveUsd: 2, ...budget },
  };
  world.budgets.set(test, policy);
}

async function startTask(name: string, patch: Partial<TaskState> = {}) {
  const id = `${name}-${test.slice(0, 8)}` as TaskId;
  const life = `${randomUUID()}.1` as Life;
  const state = taskAt(patch.stage ?? 'deploy-staging', {
    host: test,
    hostSlots: { count: 1, saidAt: '2026-11-21T09:00:00.000Z' },
    ...patch,
  });
  const repo = `acme/${test}` as RepoSlug;
  const ref = { ...state.ref, id, life, repo, project: test };
  const task = await world.startRunner({ ...state, ref });
  onTestFinished(async () => {
    await task.terminate().catch(() => undefined);
  });
  return task;
}

describe('a task that wants to run an agent', () => {
  it('runs at once where there is room, and asks no budget where there is no limit', async () => {
    policyWith({});
    const task = await startTask('A');
    await isRunning(task);
    expect(await waitOf(task)).toBeNull();
    expect(await taken()).toBe(1);
    await finish(task);
    await until(taken).toBe(0);
    await expect(budgetOf()).rejects.toThrow(/not found/i);
  });

  it('shows its place and the reason while it waits, and goes on when a slot is given back', async () => {
    policyWith({});
    const first = await startTask('A');
    await isRunning(first);
    const second = await startTask('B');
    await until(() => waitOf(second)).toMatchObject({
      on: 'agent-slot',
      detail: `number 1 in line: host ${test} has 1 of 1 agent slots taken`,
    });
    await finish(first);
    await isRunning(second);
    expect(await waitOf(second)).toBeNull();
    await finish(second);
  });

  it('shows the limit of its provider as that', async () => {
    policyWith({});
    const [first, other] = [await startTask('A'), await startTask('B')];
    await until(async () => {
      const stages = await Promise.all([first, other].map((task) => task.query(stage)));
      return stages.sort();
    }).toEqual(['asks for a slot', 'runs']);
    const [running, waiting] =
      (await first.query(stage)) === 'runs' ? [first, other] : [other, first];
    const reset = new Date(Date.now() + 3_000).toISOString();
    await running.signal(finishRun, { report: { kind: 'limit', until: reset }, usd: null });
    await until(() => waitOf(waiting)).toMatchObject({
      on: 'provider-limit',
      detail: `number 1 in line: provider anthropic is limited until ${reset}`,
    });
    await isRunning(waiting);
    await finish(waiting);
  });

  it('gives back at once a slot it did not ask for', async () => {
    policyWith({});
    const task = await startTask('A');
    await isRunning(task);
    const requestId = `unasked:${test}`;
    await task.signal(slotAnswered, { kind: 'granted', requestId });
    await until(async () => {
      const { events } = await task.fetchHistory();
      return events?.filter(
        (event) =>
          event.signalExternalWorkflowExecutionInitiatedEventAttributes?.signalName ===
          'slotReturned',
      ).length;
    }).toBe(1);
    expect(await taken()).toBe(1);
    await finish(task);
  });

  it('keeps its place and its money through a wait so long that it goes on in a new run', async () => {
    policyWith({ dayUsd: 100 });
    const first = await startTask('A');
    await isRunning(first);
    const [second, third] = [await startTask('B'), await startTask('C')];
    const noise = { kind: 'queued', requestId: 'unknown', reason: '' } as const;
    const { runId } = await second.describe();
    const placeOf = async () => {
      const { queue } = await world.pool.query(poolView);
      return queue.find(({ workflowId }) => workflowId === second.workflowId)?.position;
    };
    await until(placeOf).toBeDefined();
    const place = await placeOf();
    for (let now = runId; now === runId; { runId: now } = await second.describe()) {
      await Promise.all(Array.from({ length: 90 }, () => second.signal(moneyAnswered, noise)));
      // More than 100 unread signals make the server fail the workflow task: the answer to a query proves they are read.
      await second.query(stage);
    }
    expect(await placeOf()).toBe(place);
    await until(() => waitOf(second)).toMatchObject({ on: 'agent-slot' });
    expect((await budgetOf()).reservations).toHaveLength(3);
    await third.terminate();
    await finish(first);
    await isRunning(second);
    await finish(second, 0.5);
    await until(budgetOf).toMatchObject({ day: { knownUsd: 1.5 } });
  });

  it('withdraws its requests when it is cancelled while it waits', async () => {
    policyWith({ dayUsd: 100 });
    const first = await startTask('A');
    await isRunning(first);
    const second = await startTask('B');
    await until(() => waitOf(second)).toMatchObject({ on: 'agent-slot' });
    await second.cancel();
    await expect(second.result()).rejects.toThrow();
    await until(async () => {
      const { queue } = await world.pool.query(poolView);
      return queue.filter(({ host }) => host === test);
    }).toEqual([]);
    await finish(first);
    await until(taken).toBe(0);
  });
});

describe('a task whose project has limits', () => {
  it('puts money aside before the run and books its price after it', async () => {
    policyWith({ dayUsd: 10 });
    const task = await startTask('A');
    await isRunning(task);
    expect(await budgetOf()).toMatchObject({ asideUsd: 2, day: { knownUsd: 0 } });
    await finish(task, 0.75);
    await until(budgetOf).toMatchObject({ asideUsd: 0, day: { knownUsd: 0.75, unknownUsd: 0 } });
  });

  it('waits for a person when the day is spent, without the lane, and goes on when the limit rises', async () => {
    policyWith({ dayUsd: 3 });
    const first = await startTask('A');
    await isRunning(first);
    const admission = { requestId: 'held', fence: 1 };
    const second = await startTask('B', {
      stage: 'development',
      admission,
      hostSlots: { count: 2, saidAt: '2027' },
    });
    await until(() => waitOf(second)).toMatchObject({
      on: 'budget',
      detail: expect.stringContaining('$2.00 put aside of the $3.00 for the day') as string,
    });
    policyWith({ dayUsd: 30 });
    await isRunning(second);
    const { events } = await second.fetchHistory();
    const asked = events?.filter(
      (event) => event.activityTaskScheduledEventAttributes?.activityType?.name === 'requestGrant',
    );
    expect(asked, 'it joined the lane again').toHaveLength(1);
    await finish(first);
    await finish(second);
    await world.lane(`acme/${test}` as RepoSlug).terminate();
  });
});

describe('a task that spent its own limit', () => {
  it('waits until a person adds money, which counts once however often it is said', async () => {
    policyWith({ taskUsd: 1 });
    const task = await startTask('A');
    await until(() => waitOf(task)).toMatchObject({
      on: 'budget',
      detail: expect.stringMatching(
        /^\$0\.00 of \$1\.00 are spent and the next run may cost \$2\.00: orch task budget A-/,
      ) as string,
    });
    const add = () => task.executeUpdate(addBudget, { args: [{ id: 'x', usd: 1, by: 'anna' }] });
    expect(await add()).toEqual({ kind: 'added', extraUsd: 1 });
    expect(await add()).toEqual({ kind: 'repeated', extraUsd: 1 });
    await isRunning(task);
    expect(await task.query(view)).toMatchObject({ wait: null, additions: [{ usd: 1 }] });
    await finish(task);
  });

  it('goes on when the limit in the registry rises', async () => {
    policyWith({ taskUsd: 1 });
    const task = await startTask('A');
    await until(() => waitOf(task)).toMatchObject({ on: 'budget' });
    policyWith({ taskUsd: 5 });
    await isRunning(task);
    await finish(task);
  });
});
