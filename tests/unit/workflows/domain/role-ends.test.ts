import { describe, expect, it } from 'vitest';
import { judgeEnd, judgeSpending } from '../../../../workflows/domain/role-gates.ts';
import type { AgentEnd, RunSummary, RunUsage } from '../../../../workflows/domain/runs.ts';
import type { Life } from '../../../../workflows/domain/ids.ts';
import { openRun } from '../../../../workflows/domain/interruption.ts';
import { addUsage } from '../../../../workflows/domain/usage.ts';
import { defaultPolicy } from '../../../world/task-at.ts';

const usage = (costUsd: number | null): RunUsage => ({
  ...{ model: 'opus', effort: 'high', inputTokens: 100, cachedTokens: 40, outputTokens: 10 },
  costUsd,
});
const run = (patch: Partial<RunSummary> = {}): RunSummary => ({
  ...{ runId: 'run-1', stage: 'development', role: 'developer', end: 'finished', seconds: 1 },
  usage: usage(1),
  ...patch,
});

describe('the end of an agent run', () => {
  it('leaves a verdict to judge when it finished', () => {
    expect(judgeEnd(run())).toBeNull();
  });

  it.each<AgentEnd>(['timed-out', 'max-turns', 'over-budget', 'failed'])(
    'never counts and uses up an attempt when it %s',
    (end) => {
      expect(judgeEnd(run({ end }))).toMatchObject({ kind: 'unusable' });
    },
  );

  it('is for a person when a secret was found in what it left', () => {
    expect(judgeEnd(run({ end: 'leaked' }))).toMatchObject({ kind: 'broken' });
  });
});

describe('money without a step forward', () => {
  const policy = (noProgressUsd: number | null) => ({
    budget: { ...defaultPolicy.budget, noProgressUsd },
  });
  const spent = (costs: readonly (number | null)[], runsBefore = 0) => ({
    runs: costs.map((costUsd) => run({ usage: usage(costUsd) })),
    openRun: null,
    runsBefore,
  });

  it('is not looked at when the project sets no limit', () => {
    expect(judgeSpending(spent([1000]), policy(null))).toBeNull();
  });

  it('is for a person once it exceeds the limit, and not before', () => {
    expect(judgeSpending(spent([2, 3]), policy(5))).toBeNull();
    expect(judgeSpending(spent([2, 3.01]), policy(5))).toMatchObject({ kind: 'broken' });
  });

  it('counts what an open run has used so far', () => {
    const life = 'life.1' as Life;
    const key = { life, resetEpoch: 0, stage: 'development', kind: 'agent', iteration: 4 } as const;
    const open = { ...openRun(key, 'developer'), usages: [usage(2), usage(2)] };
    expect(judgeSpending({ ...spent([2]), openRun: open }, policy(5))).toMatchObject({
      kind: 'broken',
    });
  });

  it('counts from the last step forward', () => {
    expect(judgeSpending(spent([9, 1], 1), policy(5))).toBeNull();
  });
});

describe('usage over the continuations of one run', () => {
  it('adds tokens and money, and keeps the model of the last that told', () => {
    expect(addUsage([usage(0.5), usage(0.25)], { ...usage(1), model: 'sonnet' })).toEqual({
      ...{ model: 'sonnet', effort: 'high', inputTokens: 300, cachedTokens: 120 },
      ...{ outputTokens: 30, costUsd: 1.75 },
    });
  });

  it('ORCH-091: is of unknown price when one continuation told none', () => {
    expect(addUsage([null], usage(1))).toMatchObject({ costUsd: null, inputTokens: 100 });
    expect(addUsage([usage(null)], usage(1))).toMatchObject({ costUsd: null, inputTokens: 200 });
  });

  it('is what the run told when it was never interrupted, and nothing when none told', () => {
    expect(addUsage([], usage(1))).toEqual(usage(1));
    expect(addUsage([null], null)).toBeNull();
  });
});
