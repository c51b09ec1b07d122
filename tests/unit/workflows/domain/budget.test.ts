import { describe, expect, it } from 'vitest';
import {
  advanceBudget,
  budgetWakeAt,
  countedUsd,
  dropMoney,
  EMPTY_BUDGET,
  putAside,
  settleMoney,
  takeMoneyRequest,
  viewBudget,
} from '../../../../workflows/domain/budget.ts';
import type {
  BudgetChange,
  BudgetState,
  LimitedRequest,
} from '../../../../workflows/domain/budget.ts';
import { pick, seededRandom } from '../../../world/random.ts';

const NOW = Date.UTC(2026, 10, 21, 9);
const MIDNIGHT = Date.UTC(2026, 10, 22);
const HOUR = 3_600_000;

function request(name: string, patch: Partial<LimitedRequest> = {}): LimitedRequest {
  const life = patch.life ?? `${name}.1`;
  return {
    requestId: `${life}:money:1`,
    workflowId: `task:${name}`,
    life,
    usd: 4,
    extraUsd: 0,
    limits: { dayUsd: 10, projectUsd: null },
    ...patch,
  };
}

const idOf = (name: string) => `${name}.1:money:1`;
const budgetWith = (...requests: readonly LimitedRequest[]): BudgetState =>
  requests.reduce((state, each) => takeMoneyRequest(state, each, NOW).state, EMPTY_BUDGET);
const ask = (
  state: BudgetState,
  name: string,
  { now = NOW, ...patch }: Partial<LimitedRequest> & { now?: number } = {},
) => takeMoneyRequest(state, request(name, patch), now);
const settle = (state: BudgetState, name: string, usd: number | null) =>
  settleAt(NOW)(state, name, usd);
const settleAt = (now: number) => (state: BudgetState, name: string, usd: number | null) =>
  settleMoney(state, { requestId: idOf(name), usd }, now);
const granted = (change: BudgetChange) =>
  change.answers
    .filter(({ answer }) => answer.kind === 'granted')
    .map(({ workflowId }) => workflowId.replace('task:', ''));
const waiting = (state: BudgetState) =>
  viewBudget(state, NOW).queue.map(({ workflowId }) => workflowId.replace('task:', ''));
const reasonOf = (change: BudgetChange) => {
  const answer = change.answers.at(-1)?.answer;
  return answer?.kind === 'queued' ? answer.reason : null;
};
/** Two of four dollars are put aside, of ten for the day. */
const short = budgetWith(request('A'), request('B'));

describe('money put aside', () => {
  it('counts against the limit until the run is settled', () => {
    expect(putAside(short)).toBe(8);
    expect(reasonOf(ask(short, 'C'))).toBe(
      '$0.00 are spent and $8.00 put aside of the $10.00 for the day 2026-11-21; the run may cost $4.00',
    );
  });

  it('is replaced by what the run cost; the rest is there for the next in line', () => {
    const state = ask(short, 'C').state;
    const change = settle(state, 'A', 1.5);
    expect(granted(change)).toEqual(['C']);
    expect(viewBudget(change.state, NOW)).toMatchObject({
      day: { span: '2026-11-21', knownUsd: 1.5, unknownUsd: 0 },
      month: { span: '2026-11', knownUsd: 1.5 },
      project: { knownUsd: 1.5 },
      asideUsd: 8,
      queue: [],
    });
  });

  it('is nothing when nothing was run', () => {
    const { state } = settle(short, 'A', 0);
    expect(state.day).toMatchObject({ knownUsd: 0, unknownUsd: 0 });
    expect(putAside(state)).toBe(4);
  });

  it('books a run that cost more than was put aside in full', () => {
    expect(settle(short, 'A', 9).state.day.knownUsd).toBe(9);
  });
});

describe('an unknown price', () => {
  const unknown = settle(short, 'A', null);

  it('keeps what was put aside counted, as unknown and never as 0', () => {
    expect(unknown.state.day).toMatchObject({ knownUsd: 0, unknownUsd: 4 });
    expect(putAside(unknown.state)).toBe(4);
    expect(reasonOf(ask(unknown.state, 'C'))).toContain('$4.00 are spent ($4.00 of it at unknown');
  });

  it('is what a dead task leaves; what it waited for is dropped', () => {
    const state = ask(short, 'C').state;
    const change = dropMoney(state, [idOf('A'), idOf('C')], NOW);
    expect(change.state.day).toMatchObject({ knownUsd: 0, unknownUsd: 4 });
    expect(waiting(change.state)).toEqual([]);
  });

  it('is what an older life of the same task leaves', () => {
    const change = ask(short, 'A', { life: 'A.2' });
    expect(change.state.day.unknownUsd).toBe(4);
    expect(change.state.reservations.map(({ life }) => life)).toEqual(['B.1']);
  });
});

describe('the line', () => {
  it('is first come, first served, past those whose run does not fit', () => {
    const state = ['C', 'D'].reduce((budget, name) => ask(budget, name).state, short);
    const large = ask(state, 'large', { usd: 99 }).state;
    const change = settle(ask(large, 'E').state, 'A', 0);
    expect(granted(change)).toEqual(['C']);
    expect(waiting(change.state)).toEqual(['D', 'large', 'E']);
  });

  it('gives way to a limit that rose, for all who wait', () => {
    const state = ['C', 'D'].reduce((budget, name) => ask(budget, name).state, short);
    const change = ask(state, 'D', { limits: { dayUsd: 16, projectUsd: null } });
    expect(granted(change)).toEqual(['C', 'D']);
  });

  it('gives way to no limit at all', () => {
    const change = ask(short, 'C', { usd: 500, limits: { dayUsd: null, projectUsd: null } });
    expect(granted(change)).toEqual(['C']);
  });
});

describe('a day', () => {
  const state = ask(settle(short, 'A', 9).state, 'C').state;

  it('turns at midnight UTC: the line is granted, month and project keep what was spent', () => {
    expect(budgetWakeAt(state, NOW)).toBe(MIDNIGHT);
    expect(granted(advanceBudget(state, MIDNIGHT - 1))).toEqual([]);
    const change = advanceBudget(state, MIDNIGHT);
    expect(granted(change)).toEqual(['C']);
    expect(viewBudget(change.state, MIDNIGHT)).toMatchObject({
      day: { span: '2026-11-22', knownUsd: 0 },
      month: { span: '2026-11', knownUsd: 9 },
      project: { knownUsd: 9 },
    });
  });

  it('wakes the budget only for somebody who waits', () => {
    expect(budgetWakeAt(short, NOW)).toBeNull();
  });

  it('carries what is still put aside into the next one', () => {
    const next = advanceBudget(state, MIDNIGHT).state;
    expect(reasonOf(ask(next, 'D', { now: MIDNIGHT }))).toContain('$8.00 put aside');
    expect(settleAt(MIDNIGHT + HOUR)(next, 'B', 3).state.day).toMatchObject({
      span: '2026-11-22',
      knownUsd: 3,
    });
  });
});

describe('the project', () => {
  const limits = { dayUsd: null, projectUsd: 10 };

  it('has a limit no day ends', () => {
    const spent = settle(budgetWith(request('A', { limits })), 'A', 9).state;
    const change = ask(spent, 'B', { limits });
    expect(reasonOf(change)).toContain('for the project; the run may cost');
    expect(granted(advanceBudget(change.state, MIDNIGHT + 40 * 24 * HOUR))).toEqual([]);
    expect(granted(ask(change.state, 'B', { limits: { ...limits, projectUsd: 20 } }))).toEqual([
      'B',
    ]);
  });
});

describe('money a person added for a task', () => {
  it('lets that task go on and no other', () => {
    const state = ask(ask(short, 'C').state, 'D').state;
    const change = ask(state, 'D', { extraUsd: 5 });
    expect(granted(change)).toEqual(['D']);
    expect(waiting(change.state)).toEqual(['C']);
  });

  it('pays first; what it paid is spent, and no limit counts it', () => {
    const state = ask(short, 'C', { extraUsd: 1 }).state;
    expect(waiting(state)).toEqual(['C']);
    const change = ask(state, 'C', { extraUsd: 10 });
    const { state: after } = settleMoney(change.state, { requestId: idOf('C'), usd: 2.5 }, NOW);
    expect(after.day).toMatchObject({ knownUsd: 2.5, addedUsd: 2.5 });
    expect(countedUsd(after.day)).toBe(0);
    expect(viewBudget(after, NOW).added).toEqual([{ life: 'C.1', extraUsd: 10, leftUsd: 7.5 }]);
  });

  it('is added once, however often the request is repeated', () => {
    let { state } = ask(short, 'C', { extraUsd: 6 });
    for (let times = 0; times < 3; times += 1) state = ask(state, 'C', { extraUsd: 6 }).state;
    state = settle(state, 'C', null).state;
    const second = { requestId: 'C.1:money:2', extraUsd: 6, usd: 2 };
    const change = ask(state, 'C', second);
    expect(granted(change)).toEqual(['C']);
    state = settleMoney(change.state, { requestId: second.requestId, usd: 2 }, NOW).state;
    expect(viewBudget(state, NOW).added).toEqual([]);
    expect(reasonOf(ask(state, 'C', { ...second, requestId: 'C.1:money:3', usd: 4 }))).toContain(
      'for the day',
    );
  });
});

describe('a repeated request', () => {
  it('is answered again and puts nothing aside twice', () => {
    const change = ask(short, 'A');
    expect(granted(change)).toEqual(['A']);
    expect(putAside(change.state)).toBe(8);
    const queued = ask(ask(short, 'C').state, 'C');
    expect(queued.answers).toHaveLength(1);
    expect(waiting(queued.state)).toEqual(['C']);
  });

  it('is withdrawn when it is settled while it waits', () => {
    const { state } = settle(ask(short, 'C').state, 'C', 0);
    expect(waiting(state)).toEqual([]);
    expect(putAside(state)).toBe(8);
  });

  it('is replaced by another one of the same task; what it had put aside stays counted', () => {
    const { state } = ask(short, 'A', { requestId: 'A.1:money:7', usd: 2 });
    expect(state.day.unknownUsd).toBe(4);
    expect(state.reservations.map(({ requestId }) => requestId)).toEqual([
      idOf('B'),
      'A.1:money:7',
    ]);
  });

  it('that nobody knows is settled without a trace', () => {
    expect(settle(short, 'nobody', 7)).toEqual({ state: short, answers: [] });
  });
});

describe('random traffic', () => {
  it.for([1, 2, 3, 4, 5])('never puts more aside than the limits leave, seed %i', (seed) => {
    const random = seededRandom(seed);
    const names = ['A', 'B', 'C', 'D', 'E'];
    const limits = { dayUsd: 20, projectUsd: 200 };
    let state = EMPTY_BUDGET;
    let now = NOW;
    let known = 0;
    for (let step = 0; step < 500; step += 1) {
      now += Math.floor(random() * HOUR);
      const name = pick(random, names);
      const aside = state.reservations.find(({ life }) => life === `${name}.1`);
      if (aside === undefined) {
        state = ask(state, name, { usd: 1 + Math.floor(random() * 8), limits, now }).state;
        const spentUsd = countedUsd(state.day) + putAside(state);
        const isNew = state.reservations.some(({ life }) => life === `${name}.1`);
        if (isNew) expect(spentUsd).toBeLessThanOrEqual(limits.dayUsd + 0.005);
        expect(countedUsd(state.project) + putAside(state)).toBeLessThanOrEqual(200.005);
      } else {
        const usd = random() < 0.2 ? null : Math.round(random() * aside.usd * 100) / 100;
        known += usd ?? 0;
        state = settleAt(now)(state, name, usd).state;
      }
    }
    expect(state.project.knownUsd).toBeCloseTo(known, 2);
    expect(state.project.unknownUsd).toBeGreaterThan(0);
  });
});
