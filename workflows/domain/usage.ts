import type { OpenRun, RunSummary, RunUsage } from './runs.ts';

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

/** What all continuations of one run used, under the model of the last; null = none of them told anything. */
export function addUsage(
  earlier: readonly (RunUsage | null)[],
  last: RunUsage | null,
): RunUsage | null {
  if (earlier.length === 0) return last;
  const all = [...earlier, last];
  const told = all.filter((usage) => usage !== null);
  const newest = told.at(-1);
  if (newest === undefined) return null;
  const sum = (pick: (usage: RunUsage) => number) =>
    told.reduce((total, usage) => total + pick(usage), 0);
  const isKnown = all.every((usage) => usage !== null && usage.costUsd !== null);
  return {
    model: newest.model,
    effort: newest.effort,
    inputTokens: sum((usage) => usage.inputTokens),
    cachedTokens: sum((usage) => usage.cachedTokens),
    outputTokens: sum((usage) => usage.outputTokens),
    costUsd: isKnown ? sum((usage) => usage.costUsd ?? 0) : null,
  };
}

/** The runs of a task with what an open one has used so far, which is not booked yet. */
export function allRuns({
  runs,
  openRun,
}: {
  runs: readonly RunSummary[];
  openRun: OpenRun | null;
}): readonly RunSummary[] {
  if (openRun === null || openRun.usages.length === 0) return runs;
  const { key, role, usages, seconds } = openRun;
  const usage = addUsage(usages.slice(0, -1), usages.at(-1) ?? null);
  return [...runs, { runId: 'open', stage: key.stage, role, end: 'failed', seconds, usage }];
}

/** The same sum in the shape of one run's usage. One unknown cost makes the sum unknown, never 0. Source: ORCH-091. */
export function totalUsage(runs: readonly RunSummary[]): RunUsage {
  const { costCents, costUnknown, ...tokens } = sumUsage(runs.map(({ usage }) => usage));
  const costUsd = costUnknown ? null : costCents / 100;
  return { model: null, effort: null, ...tokens, costUsd };
}
