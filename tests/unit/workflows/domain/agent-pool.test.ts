import { describe, expect, it } from 'vitest';
import {
  advancePool,
  dropSlots,
  EMPTY_POOL,
  poolWakeAt,
  returnSlot,
  takeSlotRequest,
} from '../../../../workflows/domain/agent-pool.ts';
import { toPriority } from '../../../../workflows/domain/agent-slot.ts';
import type {
  PoolChange,
  PooledRequest,
  PoolState,
} from '../../../../workflows/domain/agent-slot.ts';
import type { SlotReport } from '../../../../workflows/domain/breaker.ts';
import { viewPool } from '../../../../workflows/domain/pool-line.ts';
import { BREAKER, NOW, slotRequest } from './slot-requests.ts';
import { SlotTraffic } from './slot-traffic.ts';

const OK: SlotReport = { kind: 'ok' };
const namesOf = (entries: readonly { workflowId: string }[]) =>
  entries.map(({ workflowId }) => workflowId.replace('task:', ''));
const line = (state: PoolState, now = NOW) => namesOf(viewPool(state, now).queue);
const working = (state: PoolState) => namesOf(state.holders);
const answersOf = (change: PoolChange) => change.answers.map(({ answer }) => answer);
const idOf = (name: string) => `${name}.1:agent:1`;

/** The pool after `requests` were taken in, one after another. */
const poolWith = (...requests: readonly PooledRequest[]): PoolState =>
  requests.reduce((state, each) => takeSlotRequest(state, each, NOW).state, EMPTY_POOL);
const full = poolWith(slotRequest('A'), slotRequest('B'));
const ask = (
  state: PoolState,
  name: string,
  { now = NOW, ...patch }: Partial<PooledRequest> & { now?: number } = {},
) => takeSlotRequest(state, slotRequest(name, patch), now);
const giveBack = (
  state: PoolState,
  name: string,
  about: { report?: SlotReport; now?: number } = {},
) => returnSlot(state, { requestId: idOf(name), report: about.report ?? OK }, about.now ?? NOW);

describe('a free slot', () => {
  it('is granted at once, on the host and of the provider it is asked for', () => {
    const change = ask(EMPTY_POOL, 'A');
    expect(change.answers).toEqual([
      { workflowId: 'task:A', answer: { kind: 'granted', requestId: idOf('A') } },
    ]);
    expect(viewPool(change.state, NOW)).toMatchObject({
      hosts: [{ host: 'h', slots: 2, taken: 1 }],
      providers: [{ provider: 'anthropic', slots: null, taken: 1, paused: null }],
    });
  });

  it('goes to the next in line when it is given back, whatever came of the run', () => {
    const reports: SlotReport[] = [OK, { kind: 'transient' }, { kind: 'unused' }];
    for (const report of reports) {
      const waiting = poolWith(slotRequest('A'), slotRequest('B'), slotRequest('C'));
      expect(answersOf(giveBack(waiting, 'A', { report }))).toEqual([
        { kind: 'granted', requestId: idOf('C') },
      ]);
    }
  });

  it('of a host is no use to who waits for another host', () => {
    const elsewhere = { host: 'g', hostSlots: { count: 1, saidAt: '2026' } };
    const state = poolWith(slotRequest('A', elsewhere), slotRequest('B', elsewhere));
    expect(working(ask(state, 'C').state)).toEqual(['A', 'C']);
  });
});

describe('a full pool', () => {
  it('answers with place and reason: the host', () => {
    expect(answersOf(ask(full, 'C'))).toEqual([
      {
        kind: 'queued',
        requestId: idOf('C'),
        position: 1,
        waitsFor: 'agent-slot',
        reason: 'host h has 2 of 2 agent slots taken',
      },
    ]);
  });

  it('answers with place and reason: the provider', () => {
    const limits = { slots: 1, breaker: BREAKER };
    const state = poolWith(slotRequest('A', { limits }));
    expect(answersOf(ask(state, 'B', { limits }))).toMatchObject([
      { position: 1, reason: 'provider anthropic has 1 of 1 agent slots taken' },
    ]);
  });

  it('counts places among those who want the same host or provider', () => {
    const other = { host: 'g', hostSlots: { count: 0, saidAt: '2026' }, provider: 'openai' };
    const state = ask(ask(full, 'X', other).state, 'C').state;
    expect(answersOf(ask(state, 'D'))).toMatchObject([{ position: 2 }]);
  });

  it('lets urgent ones go first, then who was interrupted, then who came first', () => {
    const state = [
      slotRequest('low', { priority: 'low' }),
      slotRequest('high', { priority: 'high' }),
      slotRequest('again', { rejoin: true }),
      slotRequest('urgent', { priority: 'urgent' }),
      slotRequest('again-too', { rejoin: true, priority: 'low' }),
      slotRequest('urgent-again', { priority: 'urgent', rejoin: true }),
    ].reduce((pool, each) => takeSlotRequest(pool, each, NOW).state, full);
    expect(line(state)).toEqual(['urgent-again', 'urgent', 'again', 'again-too', 'low', 'high']);
  });

  it('preempts nobody, however urgent who waits is', () => {
    expect(working(ask(full, 'C', { priority: 'urgent', rejoin: true }).state)).toEqual(['A', 'B']);
  });

  it('lets a repeated request move up when its item became urgent', () => {
    const state = ask(ask(full, 'C').state, 'D').state;
    expect(line(ask(state, 'D', { priority: 'urgent' }).state)).toEqual(['D', 'C']);
  });
});

describe('a repeated request', () => {
  it('of a holder is answered with the same grant', () => {
    const change = ask(full, 'A');
    expect(change.state).toEqual(full);
    expect(answersOf(change)).toEqual([{ kind: 'granted', requestId: idOf('A') }]);
  });

  it('of a waiter is answered with its place and queues nothing twice', () => {
    const state = ask(full, 'C').state;
    const change = ask(state, 'C');
    expect(line(change.state)).toEqual(['C']);
    expect(answersOf(change)).toMatchObject([{ kind: 'queued', position: 1 }]);
  });

  it('of a new life drops what the old life held and asked for', () => {
    const state = ask(full, 'C').state;
    const change = ask(state, 'A', { life: 'A.2' });
    expect(working(change.state)).toEqual(['B', 'C']);
    expect(line(change.state)).toEqual(['A']);
  });
});

describe('another request of the same task', () => {
  it('takes the place of the first: a task that was reset does not wait for itself', () => {
    const single = { hostSlots: { count: 1, saidAt: '2026' } };
    const held = poolWith(slotRequest('A', single));
    const change = ask(held, 'A', { ...single, requestId: 'A.1:agent:7' });
    expect(answersOf(change)).toEqual([{ kind: 'granted', requestId: 'A.1:agent:7' }]);
    expect(working(change.state)).toEqual(['A']);
  });
});

describe('an unknown slot', () => {
  it('changes nothing when it is given back or swept, and trips nothing', () => {
    const limit: SlotReport = { kind: 'limit', until: null };
    expect(giveBack(full, 'nobody', { report: limit })).toEqual({ state: full, answers: [] });
    expect(dropSlots(full, [idOf('nobody')], NOW)).toEqual({ state: full, answers: [] });
  });
});

describe('the size of a host', () => {
  it('is what its newest answer says; an older one that is repeated does not bring it back', () => {
    const grown = { count: 3, saidAt: '2026-11-21T08:30:00.000Z' };
    const state = ask(full, 'C', { hostSlots: grown }).state;
    expect(working(state)).toEqual(['A', 'B', 'C']);
    expect(viewPool(ask(state, 'D').state, NOW).hosts).toMatchObject([{ slots: 3 }]);
  });

  it('ends nothing when it shrinks: those who work go on, nobody else begins', () => {
    const shrunk = { count: 1, saidAt: '2026-11-21T08:30:00.000Z' };
    const state = ask(full, 'C', { hostSlots: shrunk }).state;
    expect(working(state)).toEqual(['A', 'B']);
    expect(working(giveBack(state, 'A').state)).toEqual(['B']);
    expect(working(giveBack(giveBack(state, 'A').state, 'B').state)).toEqual(['C']);
  });
});

describe('a limited provider', () => {
  const until = NOW + 3_600_000;
  const limit: SlotReport = { kind: 'limit', until: new Date(until).toISOString() };
  const waiting = ask(ask(full, 'C').state, 'X', { provider: 'openai' }).state;
  const limited = giveBack(waiting, 'A', { report: limit });

  it('is given to nobody until its reset, others go on, and who works is left alone', () => {
    expect(working(limited.state)).toEqual(['B', 'X']);
    expect(working(advancePool(limited.state, until - 1).state)).toEqual(['B', 'X']);
    const later = giveBack(limited.state, 'X', { now: until }).state;
    expect(working(advancePool(later, until).state)).toEqual(['B', 'C']);
  });

  it('is what the waiter is told it waits for, and until when', () => {
    expect(answersOf(advancePool(limited.state, NOW + 1000))).toEqual([
      {
        kind: 'queued',
        requestId: idOf('C'),
        position: 1,
        waitsFor: 'provider-limit',
        reason: `provider anthropic is limited until ${new Date(until).toISOString()}`,
      },
    ]);
  });

  it('wakes the pool at its reset only while somebody waits for it', () => {
    const told = advancePool(limited.state, NOW + 1000).state;
    expect(poolWakeAt(told, NOW + 1000)).toBe(until);
    expect(poolWakeAt(giveBack(told, 'C').state, NOW + 1000)).toBeNull();
  });
});

describe('a provider on trial', () => {
  const failed: SlotReport = { kind: 'transient' };
  const wide = { hostSlots: { count: 9, saidAt: '2026-11-21T08:30:00.000Z' } };
  const names = ['A', 'B', 'C'] as const;
  const busy = poolWith(...names.map((name) => slotRequest(name, wide)));
  const broken = names.reduce(
    (state, name) => giveBack(state, name, { report: failed }).state,
    busy,
  );
  const queued = ['D', 'E', 'F'].reduce((state, name) => ask(state, name, wide).state, broken);
  const trial = advancePool(queued, NOW + BREAKER.backOffMs);

  it('gets one run; when that one ends well all the others follow', () => {
    expect(working(queued)).toEqual([]);
    expect(working(trial.state)).toEqual(['D']);
    expect(working(giveBack(trial.state, 'D', { now: NOW + 70_000 }).state)).toEqual(['E', 'F']);
  });

  it('is tried with the next when the task of that run dies', () => {
    expect(working(dropSlots(trial.state, [idOf('D')], NOW + 70_000).state)).toEqual(['E']);
  });

  it('pauses again when that run fails', () => {
    const again = giveBack(trial.state, 'D', { report: failed, now: NOW + 70_000 });
    expect(working(again.state)).toEqual([]);
    expect(viewPool(again.state, NOW + 70_000).providers).toMatchObject([
      { paused: expect.stringContaining('left alone') as string },
    ]);
  });
});

describe('a waiter whose place moves', () => {
  const waiting = ['C', 'D', 'E'].reduce((state, name) => ask(state, name).state, full);

  it('is told, at most once a second, and the last place always arrives', () => {
    const first = giveBack(waiting, 'A', { now: NOW + 5000 });
    expect(answersOf(first)).toMatchObject([
      { kind: 'granted', requestId: idOf('C') },
      { kind: 'queued', requestId: idOf('D'), position: 1 },
      { kind: 'queued', requestId: idOf('E'), position: 2 },
    ]);
    const second = giveBack(first.state, 'B', { now: NOW + 5200 });
    expect(answersOf(second)).toMatchObject([{ kind: 'granted', requestId: idOf('D') }]);
    expect(poolWakeAt(second.state, NOW + 5200)).toBe(NOW + 6000);
    expect(answersOf(advancePool(second.state, NOW + 6000))).toMatchObject([
      { kind: 'queued', requestId: idOf('E'), position: 1 },
    ]);
  });

  it('is not told again while nothing of it moved', () => {
    expect(answersOf(advancePool(waiting, NOW + 60_000))).toEqual([]);
    expect(answersOf(ask(waiting, 'F', { now: NOW + 60_000 }))).toHaveLength(1);
  });
});

describe('who needs a host and a provider that are never free at once', () => {
  it('is passed over a few times, then a place is kept for it', () => {
    const limits = { slots: 1, breaker: BREAKER };
    const hostSlots = { count: 1, saidAt: '2026' };
    const start = poolWith(
      slotRequest('P', { host: 'g', hostSlots, limits }),
      slotRequest('Q', { provider: 'openai', hostSlots }),
      slotRequest('W', { hostSlots, limits }),
    );
    // W needs h and anthropic. P keeps anthropic; on h one openai run follows the other, until h is kept for W.
    let state = start;
    let runs = 0;
    for (let last = 'Q'; working(state).includes(last); runs += 1) {
      const next = `Q${runs}`;
      state = ask(state, next, { provider: 'openai', hostSlots }).state;
      state = giveBack(state, last).state;
      last = next;
    }
    expect(runs).toBe(6);
    expect(working(state)).toEqual(['P']);
    expect(working(giveBack(state, 'P').state)).toEqual(['W']);
  });
});

describe('random traffic', () => {
  it.for([1, 2, 3, 4, 5, 6, 7, 8])('loses no slot and no waiter, seed %i', (seed) => {
    const traffic = new SlotTraffic(seed);
    for (let step = 0; step < 400; step += 1) traffic.step();
    expect(traffic.grants).toBeGreaterThan(50);
    traffic.drain();
    expect(traffic.state).toMatchObject({ holders: [], queue: [] });
  });
});

it('a priority the board invents is none', () => {
  expect(['urgent', 'high', 'medium', 'low', 'none', 'Urgent', ''].map(toPriority)).toEqual([
    ...['urgent', 'high', 'medium', 'low', 'none', 'none', 'none'],
  ]);
});
