import type { RunSummary, RunUsage } from './runs.ts';

const NOTHING: RunUsage = {
  model: null,
  effort: null,
  inputTokens: 0,
  cachedTokens: 0,
  outputTokens: 0,
  costUsd: 0,
};

/** Tokens and money of several runs. One unknown cost makes the sum unknown, never 0. Source: ORCH-091. */
export function totalUsage(runs: readonly RunSummary[]): RunUsage {
  return runs.reduce<RunUsage>((sum, { usage }) => {
    if (usage === null) return { ...sum, costUsd: null };
    return {
      ...NOTHING,
      inputTokens: sum.inputTokens + usage.inputTokens,
      cachedTokens: sum.cachedTokens + usage.cachedTokens,
      outputTokens: sum.outputTokens + usage.outputTokens,
      costUsd: sum.costUsd === null || usage.costUsd === null ? null : sum.costUsd + usage.costUsd,
    };
  }, NOTHING);
}
