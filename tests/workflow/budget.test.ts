import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { moneySettled } from '../../workflows/contract.ts';
import { startGrantWorld } from './grant-world.ts';
import type { Asker, GrantWorld } from './grant-world.ts';

/* Every budget's history is replayed when its test ends. */

const SOON = { timeout: 20_000, interval: 50 };
const SWEEP_MS = 500;

let world: GrantWorld;
beforeAll(async () => {
  world = await startGrantWorld();
});
afterAll(() => world[Symbol.asyncDispose]());

type Budget = ReturnType<GrantWorld['newBudget']>;
const until = <T>(read: () => Promise<T>) => expect.poll(read, SOON);
const answersOf = async (asker: Asker) => (await asker.told()).money;
const lastOf = async (asker: Asker) => (await answersOf(asker)).at(-1);
const isGranted = (asker: Asker) => until(() => lastOf(asker)).toMatchObject({ kind: 'granted' });
const settle = (budget: Budget, asker: Asker, usd: number | null) =>
  budget.handle.signal(moneySettled, { requestId: asker.moneyRequest().requestId, usd });

/** A budget of 10 dollars a day of which two askers have 8, and a third wants 4. */
async function shortBudget(budget: Budget) {
  const askers = [await world.startAsker(), await world.startAsker(), await world.startAsker()];
  for (const each of askers) await budget.ask(each.moneyRequest());
  const [first, second, third] = askers;
  if (!first || !second || !third) throw new Error('three were started');
  await until(() => answersOf(third)).toMatchObject([
    { kind: 'queued', reason: expect.stringContaining('$8.00 put aside of the $10.00') as string },
  ]);
  return { first, second, third };
}

describe('a budget', () => {
  it('puts money aside while it lasts, and gives on what a run did not use', async () => {
    await using budget = world.newBudget();
    const { first, third } = await shortBudget(budget);
    await isGranted(first);
    await settle(budget, first, 1.5);
    await isGranted(third);
    expect(await budget.view()).toMatchObject({ day: { knownUsd: 1.5 }, asideUsd: 8, queue: [] });
  });

  it('keeps an unknown price counted, and shows it as unknown', async () => {
    await using budget = world.newBudget();
    const { first, third } = await shortBudget(budget);
    await settle(budget, first, null);
    await budget.ask(third.moneyRequest());
    await until(() => lastOf(third)).toMatchObject({
      kind: 'queued',
      reason: expect.stringContaining('$4.00 of it at unknown price') as string,
    });
    expect(await budget.view()).toMatchObject({ day: { knownUsd: 0, unknownUsd: 4 } });
  });

  it('grants who waits when limits rise or a person adds, and answers repeats', async () => {
    await using budget = world.newBudget();
    const { first, third } = await shortBudget(budget);
    await budget.ask(third.moneyRequest({ extraUsd: 3 }));
    await isGranted(third);
    for (let times = 0; times < 2; times += 1) await budget.ask(first.moneyRequest());
    await until(async () => (await answersOf(first)).length).toBe(3);
    const fourth = await world.startAsker();
    await budget.ask(fourth.moneyRequest());
    await until(() => lastOf(fourth)).toMatchObject({ kind: 'queued' });
    await budget.ask(first.moneyRequest({ limits: { dayUsd: 50, projectUsd: null } }));
    await isGranted(fourth);
  });

  it('is not moved by a settlement nobody knows', async () => {
    await using budget = world.newBudget();
    await shortBudget(budget);
    const before = await budget.view();
    await budget.handle.signal(moneySettled, { requestId: 'unknown', usd: 99 });
    expect(await budget.view()).toEqual(before);
  });

  it('does what was asked while no worker was up', async () => {
    await using budget = world.newBudget();
    const { first, third } = await shortBudget(budget);
    await world.stopWorker();
    await settle(budget, first, 0);
    await world.startWorker();
    await isGranted(third);
  });
});

describe('a dead task', () => {
  it('leaves what it had put aside counted as unknown, and its place to others', async () => {
    await using budget = world.newBudget(SWEEP_MS);
    const { first, third } = await shortBudget(budget);
    await third.terminate();
    await until(async () => (await budget.view()).queue).toEqual([]);
    await first.terminate();
    await until(() => budget.view()).toMatchObject({
      day: { knownUsd: 0, unknownUsd: 4 },
      asideUsd: 4,
    });
  });
});

describe('a long history', () => {
  it('goes on in a new run that knows what was spent, put aside and wanted', async () => {
    await using budget = world.newBudget();
    const { first, second, third } = await shortBudget(budget);
    await settle(budget, first, 1.25);
    await isGranted(third);
    const before = await budget.view();
    const { runId } = await budget.handle.describe();
    for (let now = runId; now === runId;) {
      await Promise.all(
        Array.from({ length: 90 }, () =>
          budget.handle.signal(moneySettled, { requestId: 'unknown', usd: 0 }),
        ),
      );
      // More than 100 unread signals make the server fail the workflow task: the answer to a query proves they are read.
      await budget.view();
      ({ runId: now } = await budget.handle.describe());
    }
    expect(await budget.view()).toEqual(before);
    await settle(budget, second, 1);
    await until(() => budget.view()).toMatchObject({
      project: { knownUsd: 2.25 },
      month: { knownUsd: 2.25 },
      asideUsd: 4,
    });
  });
});
