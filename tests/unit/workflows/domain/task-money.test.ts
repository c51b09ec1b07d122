import { describe, expect, it } from 'vitest';
import type { RunSummary } from '../../../../workflows/domain/runs.ts';
import {
  addMoney,
  amountOf,
  describeSpent,
  extraUsdOf,
  judgeAddition,
  judgeTaskMoney,
  spentByTask,
  spentOn,
} from '../../../../workflows/domain/task-money.ts';
import { defaultPolicy } from '../../../world/task-at.ts';

const usage = { model: null, effort: null, inputTokens: 1, cachedTokens: 0, outputTokens: 1 };

function run(costUsd: number | null, role: RunSummary['role'] = 'developer'): RunSummary {
  const known = { ...usage, costUsd };
  return { runId: 'r', stage: 'development', role, end: 'finished', seconds: 1, usage: known };
}

describe('what a task spent', () => {
  it('counts a run of unknown price with what was put aside for it', () => {
    const runs = [run(1.25), run(null), { ...run(1), usage: null }, run(0)];
    expect(spentOn(runs, () => 2)).toEqual({ knownUsd: 1.25, unknownRuns: 2, unknownUsd: 4 });
  });

  it('takes what was put aside from the policy: the role’s own limit, else the project’s reserve', () => {
    const { roles, budget } = defaultPolicy;
    const developer = { ...roles.developer, maxBudgetUsd: 7 };
    const policy = { budget, roles: { ...roles, developer } };
    expect(
      spentByTask({ runs: [run(null), run(null, 'reviewer')], openRun: null }, policy).unknownUsd,
    ).toBe(9);
    expect(amountOf(developer, budget)).toBe(7);
    expect(amountOf(roles.reviewer, budget)).toBe(2);
  });

  it('is said with what is unknown', () => {
    const say = (...runs: RunSummary[]) => describeSpent(spentOn(runs, () => 2));
    expect(say(run(1.5))).toBe('$1.50');
    expect(say(run(null))).toBe('$0.00 and 1 run of unknown price (counted as $2.00)');
    expect(say(run(null), run(null), run(0.5))).toContain('$0.50 and 2 runs of unknown price');
  });
});

describe('the limit of a task', () => {
  const spent = spentOn([run(6), run(null)], () => 2);

  it('leaves room for the next run, or names what is missing', () => {
    expect(judgeTaskMoney(spent, 2, { taskUsd: 10, extraUsd: 0 })).toBeNull();
    expect(judgeTaskMoney(spent, 3, { taskUsd: 10, extraUsd: 0 })).toBe(
      '$6.00 and 1 run of unknown price (counted as $2.00) of $10.00 are spent and the next run may cost $3.00',
    );
  });

  it('is raised by what people add', () => {
    expect(judgeTaskMoney(spent, 3, { taskUsd: 10, extraUsd: 1 })).toBeNull();
  });

  it('is none when none is set', () => {
    expect(judgeTaskMoney(spent, 1000, { taskUsd: null, extraUsd: 0 })).toBeNull();
  });

  it('is not missed by the dust of sums', () => {
    const dust = spentOn(
      Array.from({ length: 10 }, () => run(0.1)),
      () => 2,
    );
    expect(judgeTaskMoney(dust, 9, { taskUsd: 10, extraUsd: 0 })).toBeNull();
  });
});

describe('an addition', () => {
  const first = { id: 'one', usd: 5, by: 'anna' };

  it('counts once for each id, so that asking again is safe', () => {
    const once = addMoney([], first);
    const twice = addMoney(once.additions, { ...first, usd: 9 });
    expect([once.answer.kind, twice.answer.kind]).toEqual(['added', 'repeated']);
    expect(twice.additions).toEqual([first]);
    const more = addMoney(once.additions, { ...first, id: 'two' });
    expect(more.answer).toEqual({ kind: 'added', extraUsd: 10 });
    expect(extraUsdOf(more.additions)).toBe(10);
  });

  it.for([
    ['nothing', 0],
    ['less than nothing', -1],
    ['not a number', Number.NaN],
    ['endless', Number.POSITIVE_INFINITY],
    ['a typing error', 100_000],
  ] as const)('is refused when it is %s', ([, usd]) => {
    expect(judgeAddition({ ...first, usd })).toContain('more than 0 and at most 10000 USD');
  });

  it('is refused without an id', () => {
    expect(judgeAddition({ ...first, id: ' ' })).toContain('id');
    expect(judgeAddition(first)).toBeNull();
  });
});
