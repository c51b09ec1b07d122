import { afterAll, beforeAll, describe, expect, inject, it, onTestFinished } from 'vitest';
import { grantReleased, statusReported, taskEnded } from '../../workflows/contract.ts';
import type { LaneAnswer } from '../../workflows/domain/lane.ts';
import { sha } from '../world/task-view.ts';
import { startLaneWorld } from './lane-world.ts';
import type { Lane, LaneWorld, Requester } from './lane-world.ts';

const SOON = { timeout: 20_000, interval: 50 };
const SWEEP_MS = 500;
/** Events after which a lane goes on in a new run. */
const LONG_HISTORY = 2_000;

let world: LaneWorld;
beforeAll(async () => {
  world = await startLaneWorld(inject('temporalAddress'));
});
afterAll(() => world[Symbol.asyncDispose]());

const until = <T>(read: () => Promise<T>) => expect.poll(read, SOON);
const answersOf = async (requester: Requester) => (await requester.heard()).answers;
const report = (lane: Lane) => lane.handle.signal(statusReported, { sha: sha('a') });
const releaseNothing = (lane: Lane) => lane.handle.signal(grantReleased, { requestId: 'unknown' });
const last = (answers: readonly LaneAnswer[]) => answers.at(-1);

/** Waits for the requester's grant and answers its fence. */
async function grantOf(requester: Requester): Promise<number> {
  await until(async () => last(await answersOf(requester))).toMatchObject({ kind: 'granted' });
  const answer = last(await answersOf(requester));
  return answer?.kind === 'granted' ? answer.fence : 0;
}

/** A lane whose admission `holder` holds and `waiter` waits for. */
async function heldLane(lane: Lane) {
  const [holder, waiter] = [await world.startRequester(), await world.startRequester()];
  await lane.ask(holder.request('admission'));
  await lane.ask(waiter.request('admission'));
  await until(() => answersOf(waiter)).toMatchObject([{ kind: 'queued', position: 1 }]);
  return { holder, waiter };
}

describe('a lane', () => {
  it('grants a free place at once and a taken one when it is given back, with a higher fence', async () => {
    await using lane = world.newLane();
    const { holder, waiter } = await heldLane(lane);
    const fence = await grantOf(holder);
    const { requestId } = holder.request('admission');

    await lane.handle.signal(grantReleased, { requestId });

    expect(await grantOf(waiter)).toBeGreaterThan(fence);
    expect(await lane.view()).toEqual({ holders: [`admission ${waiter.id}`], queue: [] });
  });

  it('I7: holds one task in each slot while the others wait in line', async () => {
    await using lane = world.newLane();
    const [a, b, c] = await Promise.all([1, 2, 3].map(() => world.startRequester()));
    if (!a || !b || !c) throw new Error('three were started');
    for (const each of [a, b, c]) {
      await lane.ask(each.request('production'));
      await lane.ask(each.request('staging', { requestId: `${each.id}:staging` }));
    }
    await until(() => lane.view()).toEqual({
      holders: [`production ${a.id}`, `staging ${a.id}`],
      queue: [
        `production 1 ${b.id}`,
        `staging 1 ${b.id}`,
        `production 2 ${c.id}`,
        `staging 2 ${c.id}`,
      ],
    });
  });

  it('answers a repeated request again, with the same grant', async () => {
    await using lane = world.newLane();
    const { holder, waiter } = await heldLane(lane);
    await grantOf(holder);
    for (const each of [holder, waiter, holder]) await lane.ask(each.request('admission'));

    await until(async () => (await answersOf(holder)).length).toBe(3);
    await until(async () => (await answersOf(waiter)).length).toBe(2);
    expect(new Set((await answersOf(holder)).map((answer) => JSON.stringify(answer))).size).toBe(1);
    expect(await lane.view()).toMatchObject({ queue: [`admission 1 ${waiter.id}`] });
  });

  it('hands on what a task held when the task says it is over', async () => {
    await using lane = world.newLane();
    const { holder, waiter } = await heldLane(lane);
    const { workflowId, life } = holder.request('admission');
    await lane.handle.signal(taskEnded, { workflowId, life });
    await grantOf(waiter);
  });
});

describe('a dead task', () => {
  it('ORCH-065: loses its place to the next in line, though it never said a word', async () => {
    await using lane = world.newLane(SWEEP_MS);
    const { holder, waiter } = await heldLane(lane);
    await holder.terminate();
    await grantOf(waiter);
    expect(await lane.view()).toEqual({ holders: [`admission ${waiter.id}`], queue: [] });
  });

  it('ORCH-126: is found also by a lane that is never left in peace', async () => {
    await using lane = world.newLane(SWEEP_MS);
    const { holder, waiter } = await heldLane(lane);
    await holder.terminate();
    await until(async () => {
      await report(lane);
      return last(await answersOf(waiter));
    }).toMatchObject({ kind: 'granted' });
  });

  it('cannot take the lane down when it is answered', async () => {
    await using lane = world.newLane(SWEEP_MS);
    const [dead, alive] = [await world.startRequester(), await world.startRequester()];
    await dead.terminate();
    await lane.ask(dead.request('staging'));
    await lane.ask(alive.request('staging'));
    await grantOf(alive);
    expect((await lane.handle.describe()).status.name).toBe('RUNNING');
  });

  it('keeps its place while it cannot be told whether it is dead', async () => {
    let looks = 0;
    await using lane = world.newLane(SWEEP_MS);
    const realSweep = lane.sweep;
    lane.sweep = () => {
      looks += 1;
      return Promise.reject(new Error('the server does not answer'));
    };
    const { holder, waiter } = await heldLane(lane);
    await until(() => Promise.resolve(looks)).toBeGreaterThan(0);
    expect(await lane.view()).toMatchObject({ holders: [`admission ${holder.id}`] });
    lane.sweep = realSweep;
    await holder.terminate();
    await grantOf(waiter);
  });
});

describe('a sweep', () => {
  it('undoes nothing that was given back or asked for while it looked', async () => {
    const gate = Promise.withResolvers<undefined>();
    onTestFinished(() => {
      gate.resolve(undefined);
    });
    let looks = 0;
    await using lane = world.newLane(SWEEP_MS);
    lane.sweep = async () => {
      looks += 1;
      if (looks === 1) await gate.promise;
      return { requestIds: [] };
    };
    const { holder, waiter } = await heldLane(lane);
    await until(() => Promise.resolve(looks)).toBe(1);

    const late = await world.startRequester();
    await lane.handle.signal(grantReleased, { requestId: holder.request('admission').requestId });
    await lane.ask(late.request('admission'));
    const after = { holders: [`admission ${waiter.id}`], queue: [`admission 1 ${late.id}`] };
    await until(() => lane.view()).toEqual(after);
    gate.resolve(undefined);

    await until(() => Promise.resolve(looks)).toBeGreaterThan(1);
    expect(await lane.view()).toEqual(after);
    await grantOf(waiter);
  });
});

describe('a commit status', () => {
  it('hints every task of the lane, past a dead one, and none that is over', async () => {
    await using lane = world.newLane();
    const { holder, waiter } = await heldLane(lane);
    const [dead, over] = [await world.startRequester(), await world.startRequester()];
    for (const each of [dead, over]) await lane.ask(each.request('admission'));
    await until(async () => (await lane.view()).queue.length).toBe(3);
    await dead.terminate();
    const { workflowId, life } = over.request('admission');
    await lane.handle.signal(taskEnded, { workflowId, life });

    await report(lane);

    await until(async () => (await holder.heard()).hints).toBe(1);
    await until(async () => (await waiter.heard()).hints).toBe(1);
    await report(lane);
    await until(async () => (await holder.heard()).hints).toBe(2);
    expect((await over.heard()).hints).toBe(0);
  });
});

describe('a long history', () => {
  it('goes on in a new run that knows holders, line and fence', async () => {
    await using lane = world.newLane(SWEEP_MS);
    const { holder, waiter } = await heldLane(lane);
    const fence = await grantOf(holder);
    const before = await lane.view();
    const firstRun = await lane.handle.describe();
    for (let { historyLength } = firstRun; historyLength < LONG_HISTORY;) {
      await Promise.all(Array.from({ length: 90 }, () => releaseNothing(lane)));
      // More than 100 unread signals make the server fail the workflow task: the answer to a query proves they are read.
      await lane.view();
      ({ historyLength } = await lane.run(firstRun.runId).describe());
    }
    await until(async () => (await lane.handle.describe()).runId).not.toBe(firstRun.runId);

    expect(await lane.view()).toEqual(before);
    await lane.ask(holder.request('admission'));
    await until(async () => (await answersOf(holder)).length).toBe(2);
    expect(await grantOf(holder)).toBe(fence);
    await holder.terminate();
    expect(await grantOf(waiter)).toBeGreaterThan(fence);
  });
});
