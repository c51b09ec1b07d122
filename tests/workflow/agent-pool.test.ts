import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { slotReturned } from '../../workflows/contract.ts';
import type { SlotReport } from '../../workflows/domain/breaker.ts';
import { QUICK, startGrantWorld } from './grant-world.ts';
import type { Asker, GrantWorld } from './grant-world.ts';

/* Every pool's history is replayed when its test ends. */

const SOON = { timeout: 20_000, interval: 50 };
const SWEEP_MS = 500;
/** Events after which the pool goes on in a new run. */
const LONG_HISTORY = 2_000;

let world: GrantWorld;
beforeAll(async () => {
  world = await startGrantWorld();
});
afterAll(() => world[Symbol.asyncDispose]());

type Pool = ReturnType<GrantWorld['newPool']>;
const until = <T>(read: () => Promise<T>) => expect.poll(read, SOON);
const answersOf = async (asker: Asker) => (await asker.told()).slots;
const lastOf = async (asker: Asker) => (await answersOf(asker)).at(-1);
const isGranted = (asker: Asker) => until(() => lastOf(asker)).toMatchObject({ kind: 'granted' });
const giveBack = (pool: Pool, asker: Asker, report: SlotReport = { kind: 'ok' }) =>
  pool.handle.signal(slotReturned, { requestId: asker.slotRequest().requestId, report });
const startAskers = (count: number) =>
  Promise.all(Array.from({ length: count }, () => world.startAsker()));

/** A pool whose one slot `holder` has and `waiter` waits for. */
async function heldPool(pool: Pool) {
  const [holder, waiter] = [await world.startAsker(), await world.startAsker()];
  await pool.ask(holder.slotRequest());
  await pool.ask(waiter.slotRequest());
  await until(() => answersOf(waiter)).toMatchObject([
    { kind: 'queued', position: 1, waitsFor: 'agent-slot' },
  ]);
  return { holder, waiter };
}

describe('the agent pool', () => {
  it('grants a free slot at once and a taken one when it is given back', async () => {
    await using pool = world.newPool();
    const { holder, waiter } = await heldPool(pool);
    await isGranted(holder);
    await giveBack(pool, holder);
    await isGranted(waiter);
    expect(await pool.view()).toMatchObject({
      hosts: [{ host: 'h', slots: 1, taken: 1 }],
      holders: [{ workflowId: waiter.id }],
      queue: [],
    });
  });

  it('tells who waits how the line moves', async () => {
    await using pool = world.newPool();
    const { holder, waiter } = await heldPool(pool);
    const last = await world.startAsker();
    await pool.ask(last.slotRequest());
    await until(() => lastOf(last)).toMatchObject({ position: 2 });
    await giveBack(pool, holder);
    await until(() => lastOf(last)).toMatchObject({ position: 1 });
    await isGranted(waiter);
  });

  it('answers a repeated request again, granted or queued', async () => {
    await using pool = world.newPool();
    const { holder, waiter } = await heldPool(pool);
    await isGranted(holder);
    for (const each of [holder, waiter, holder]) await pool.ask(each.slotRequest());
    await until(async () => (await answersOf(holder)).length).toBe(3);
    await until(async () => (await answersOf(waiter)).length).toBe(2);
    expect((await pool.view()).queue).toMatchObject([{ workflowId: waiter.id, position: 1 }]);
  });

  it('is not moved by a slot nobody has', async () => {
    await using pool = world.newPool();
    const { holder, waiter } = await heldPool(pool);
    const limit: SlotReport = { kind: 'limit', until: null };
    await pool.handle.signal(slotReturned, { requestId: 'unknown', report: limit });
    const { holders, providers, queue } = await pool.view();
    expect(holders).toMatchObject([{ workflowId: holder.id }]);
    expect(queue).toMatchObject([{ workflowId: waiter.id }]);
    expect(providers).toMatchObject([{ paused: null }]);
  });

  it('does what was asked while no worker was up', async () => {
    await using pool = world.newPool();
    const { holder, waiter } = await heldPool(pool);
    await world.stopWorker();
    await giveBack(pool, holder);
    await world.startWorker();
    await isGranted(waiter);
  });
});

describe('a dead task', () => {
  it('loses its slot to the next in line, and its place when it waits', async () => {
    await using pool = world.newPool(SWEEP_MS);
    const { holder, waiter } = await heldPool(pool);
    const last = await world.startAsker();
    await pool.ask(last.slotRequest());
    await waiter.terminate();
    await until(async () => (await pool.view()).queue).toMatchObject([{ workflowId: last.id }]);
    await holder.terminate();
    await isGranted(last);
  });

  it('cannot take the pool down when it is answered', async () => {
    await using pool = world.newPool(SWEEP_MS);
    const [dead, alive] = await startAskers(2);
    if (!dead || !alive) throw new Error('two were started');
    await dead.terminate();
    await pool.ask(dead.slotRequest());
    await pool.ask(alive.slotRequest());
    await isGranted(alive);
    expect((await pool.handle.describe()).status.name).toBe('RUNNING');
  });
});

describe('a limited provider', () => {
  it('pauses alone until its reset; others are granted, and who waits is told until when', async () => {
    await using pool = world.newPool();
    const { holder, waiter } = await heldPool(pool);
    const other = await world.startAsker();
    await pool.ask(other.slotRequest({ provider: 'openai' }));
    const reset = new Date(Date.now() + 3_000).toISOString();

    await giveBack(pool, holder, { kind: 'limit', until: reset });

    await isGranted(other);
    await until(() => lastOf(waiter)).toMatchObject({
      kind: 'queued',
      waitsFor: 'provider-limit',
      reason: `provider anthropic is limited until ${reset}`,
    });
    await giveBack(pool, other);
    await isGranted(waiter);
    expect(Date.now()).toBeGreaterThanOrEqual(Date.parse(reset));
  });

  it('leaves the runs alone that work, and outlives a worker', async () => {
    await using pool = world.newPool();
    const [first, second, waiter] = await startAskers(3);
    if (!first || !second || !waiter) throw new Error('three were started');
    const hostSlots = { count: 2, saidAt: '2026-11-21T09:00:00.000Z' };
    for (const each of [first, second, waiter]) await pool.ask(each.slotRequest({ hostSlots }));
    await isGranted(second);
    await giveBack(pool, first, {
      kind: 'limit',
      until: new Date(Date.now() + 2_000).toISOString(),
    });
    await until(() => lastOf(waiter)).toMatchObject({ waitsFor: 'provider-limit' });
    expect((await pool.view()).holders).toMatchObject([{ workflowId: second.id }]);
    await world.stopWorker();
    await world.startWorker();
    await isGranted(waiter);
    expect((await answersOf(second)).length).toBe(1);
  });
});

describe('a failing provider', () => {
  it('is tried with one run after a pause, and open again when that one ends well', async () => {
    await using pool = world.newPool();
    const [a, b, c, d] = await startAskers(4);
    if (!a || !b || !c || !d) throw new Error('four were started');
    const hostSlots = { count: 2, saidAt: '2026-11-21T09:00:00.000Z' };
    const limits = { slots: null, breaker: { ...QUICK, failures: 1 } };
    for (const each of [a, b, c, d]) await pool.ask(each.slotRequest({ hostSlots, limits }));
    await isGranted(b);
    await giveBack(pool, a, { kind: 'transient' });
    await giveBack(pool, b, { kind: 'transient' });
    await until(() => lastOf(d)).toMatchObject({ waitsFor: 'provider-limit' });

    await isGranted(c);
    expect((await pool.view()).queue).toMatchObject([
      { workflowId: d.id, reason: 'provider anthropic is tried with one run first' },
    ]);
    await giveBack(pool, c);
    await isGranted(d);
  });
});

describe('a long history', () => {
  it('goes on in a new run that knows holders, line and pauses', async () => {
    await using pool = world.newPool(SWEEP_MS);
    const { holder, waiter } = await heldPool(pool);
    const paused = await world.startAsker();
    const openai = { provider: 'openai', host: 'g' };
    await pool.ask(paused.slotRequest(openai));
    await isGranted(paused);
    const until9 = new Date(Date.now() + 3_600_000).toISOString();
    await giveBack(pool, paused, { kind: 'limit', until: until9 });
    const before = await pool.view();
    const firstRun = await pool.handle.describe();
    for (let { historyLength } = firstRun; historyLength < LONG_HISTORY;) {
      await Promise.all(
        Array.from({ length: 90 }, () =>
          pool.handle.signal(slotReturned, { requestId: 'unknown', report: { kind: 'ok' } }),
        ),
      );
      // More than 100 unread signals make the server fail the workflow task: the answer to a query proves they are read.
      await pool.view();
      const now = await pool.handle.describe();
      if (now.runId !== firstRun.runId) break;
      ({ historyLength } = now);
    }
    await until(async () => (await pool.handle.describe()).runId).not.toBe(firstRun.runId);
    expect(await pool.view()).toEqual(before);
    await holder.terminate();
    await isGranted(waiter);
  });
});
