import type { RunSummary, RunUsage } from './runs.ts';

/** Tokens and money of several runs; the cost is in whole cents a run, so that what is shown adds up. Source: ORCH-091. */
export interface UsageSum {
  inputTokens: number;
  cachedTokens: number;
  outputTokens: number;
  costCents: number;
  /** a run did not say what it cost: the sum is a lower bound */
  costUnknown: boolean;
}

/** Adds usages; null = a run that reported none. Sums of sums equal the sum of all. */
export function sumUsage(usages: readonly (RunUsage | null)[]): UsageSum {
  const sum = {
    inputTokens: 0,
    cachedTokens: 0,
    outputTokens: 0,
    costCents: 0,
    costUnknown: false,
  };
  for (const usage of usages) {
    sum.costUnknown ||= usage === null || usage.costUsd === null;
    if (usage === null) continue;
    sum.inputTokens += usage.inputTokens;
    sum.cachedTokens += usage.cachedTokens;
    sum.outputTokens += usage.outputTokens;
    sum.costCents += Math.round((usage.costUsd ?? 0) * 100);
  }
  return sum;
}

/** The same sum in the shape of one run's usage. One unknown cost makes the sum unknown, never 0. Source: ORCH-091. */
export function totalUsage(runs: readonly RunSummary[]): RunUsage {
  const { costCents, costUnknown, ...tokens } = sumUsage(runs.map(({ usage }) => usage));
  const costUsd = costUnknown ? null : costCents / 100;
  return { model: null, effort: null, ...tokens, costUsd };
}
