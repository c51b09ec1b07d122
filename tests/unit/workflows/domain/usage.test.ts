import { describe, expect, it } from 'vitest';
import type { RunSummary, RunUsage } from '../../../../workflows/domain/runs.ts';
import { formatCost } from '../../../../workflows/domain/texts/figures.ts';
import { sumUsage, totalUsage } from '../../../../workflows/domain/usage.ts';

const usage: RunUsage = {
  model: 'some-model',
  effort: 'high',
  inputTokens: 1000,
  cachedTokens: 800,
  outputTokens: 50,
  costUsd: 0.25,
};
const run = (patch: Partial<RunUsage> | null): RunSummary => ({
  runId: 'run',
  stage: 'development',
  role: 'developer',
  end: 'finished',
  seconds: 60,
  usage: patch === null ? null : { ...usage, ...patch },
});

describe('total usage', () => {
  it('ORCH-091: is the sum of its rows, each column by itself', () => {
    const runs = [run({}), run({ inputTokens: 10, cachedTokens: 0, outputTokens: 3, costUsd: 1 })];
    expect(totalUsage(runs)).toEqual({
      model: null,
      effort: null,
      inputTokens: 1010,
      cachedTokens: 800,
      outputTokens: 53,
      costUsd: 1.25,
    });
  });

  it('ORCH-091: shows the same cost whether rows are added, their sum is, or the total travels', () => {
    const runs = [0.005, 0.014, 1.115, 2.225, 0.3].map((costUsd) => run({ costUsd }));
    const usages = runs.map((row) => row.usage);
    const cents = usages.map((row) => sumUsage([row]).costCents);
    const all = sumUsage(usages);
    expect(all.costCents).toBe(cents.reduce((sum, each) => sum + each, 0));
    expect(formatCost(sumUsage([totalUsage(runs)]))).toBe(formatCost(all));
  });

  it('is nothing for no runs', () => {
    expect(totalUsage([])).toMatchObject({ inputTokens: 0, outputTokens: 0, costUsd: 0 });
  });

  it.each([
    ['one cost is unknown', [run({}), run({ costUsd: null }), run({})]],
    ['one run left no usage', [run({}), run(null), run({})]],
    ['the last run left none', [run({}), run(null)]],
  ])('ORCH-091: costs an unknown sum, never 0, when %s', (_, runs) => {
    expect(totalUsage(runs).costUsd).toBeNull();
  });

  it('still counts the tokens of the runs that are known', () => {
    expect(totalUsage([run(null), run({}), run({ costUsd: null })])).toMatchObject({
      inputTokens: 2000,
      cachedTokens: 1600,
      outputTokens: 100,
    });
  });
});
