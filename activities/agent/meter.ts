import type { AgentEvent, AgentTotals } from '../clients/agent-adapter.ts';

/** Adds up what a run used, over all its launches, each piece once. */
export interface Meter {
  add(event: AgentEvent): void;
  /** Everything since the last `take`; null = nothing was told. One unknown cost makes the sum unknown. */
  total(): AgentTotals | null;
  /** The total, and begins a new one: the launch told of so far is over. */
  take(): AgentTotals | null;
}

/** Prices tokens whose cost was not told; null = unknown. */
export type Price = (usage: AgentTotals) => number | null;

/**
 * A final may count its whole session: billed is what it counts more than the session's last one, or all of it when it cannot
 * count that. A launch that never told a final is billed by its single answers, an estimate.
 */
export function createMeter(model: string | null, price: Price): Meter {
  const sessions = new Map<string | null, AgentTotals>();
  const answers = new Map<string, AgentTotals>();
  let session: string | null = null;
  let billed: AgentTotals | null = null;
  const bill = (usage: AgentTotals) => {
    const named = { ...usage, model: usage.model ?? model };
    const costUsd = named.costUsd ?? (isNothing(named) ? 0 : price(named));
    billed = plus(billed, { ...named, costUsd });
  };
  const endLaunch = () => {
    for (const usage of answers.values()) bill(usage);
    answers.clear();
  };
  const addFinal = (usage: AgentTotals) => {
    // A result of a crash may be all zero though models were asked.
    if (isNothing(usage) && answers.size > 0) return;
    const answered = [...answers.values()].reduce<AgentTotals | null>(plus, null);
    answers.clear();
    bill(moreThan(sessions.get(session), usage, answered));
    sessions.set(session, usage);
  };
  return {
    add: (event) => {
      if (event.kind === 'started') {
        endLaunch();
        session = event.sessionId;
      }
      if (event.kind === 'used') answers.set(event.id, event.usage);
      if (event.kind === 'final' && event.usage !== null) addFinal(event.usage);
    },
    take: () => {
      endLaunch();
      const taken = billed;
      billed = null;
      return taken;
    },
    total: () => {
      const open = [...answers.values()].map((usage) => ({
        ...usage,
        costUsd: usage.costUsd ?? price({ ...usage, model: usage.model ?? model }),
      }));
      return open.reduce<AgentTotals | null>(plus, billed);
    },
  };
}

const isNothing = ({ inputTokens, outputTokens, costUsd }: AgentTotals): boolean =>
  inputTokens + outputTokens === 0 && (costUsd ?? 0) === 0;

/**
 * What of `now` was not counted by `last`. Some CLIs count the whole session, some only what followed: it counts from the last
 * result when it is not less than that, and what it counts more is not less than what was `answered` since.
 */
function moreThan(
  last: AgentTotals | undefined,
  now: AgentTotals,
  answered: AgentTotals | null,
): AgentTotals {
  if (last === undefined) return now;
  const byCost = last.costUsd !== null && now.costUsd !== null;
  const grew = byCost ? (now.costUsd ?? 0) >= (last.costUsd ?? 0) : tokensOf(now) >= tokensOf(last);
  const more = minus(now, last);
  const holdsAnswers = answered === null || tokensOf(more) >= tokensOf(answered);
  return grew && holdsAnswers ? more : now;
}

const tokensOf = ({ inputTokens, outputTokens }: AgentTotals) => inputTokens + outputTokens;

const plus = (sum: AgentTotals | null, more: AgentTotals): AgentTotals => {
  if (sum === null) return more;
  const known = sum.costUsd !== null && more.costUsd !== null;
  return {
    model: more.model ?? sum.model,
    inputTokens: sum.inputTokens + more.inputTokens,
    cachedTokens: sum.cachedTokens + more.cachedTokens,
    cacheWriteTokens: sum.cacheWriteTokens + more.cacheWriteTokens,
    outputTokens: sum.outputTokens + more.outputTokens,
    costUsd: known ? (sum.costUsd ?? 0) + (more.costUsd ?? 0) : null,
  };
};

const minus = (all: AgentTotals, part: AgentTotals): AgentTotals => ({
  model: all.model,
  inputTokens: Math.max(0, all.inputTokens - part.inputTokens),
  cachedTokens: Math.max(0, all.cachedTokens - part.cachedTokens),
  cacheWriteTokens: Math.max(0, all.cacheWriteTokens - part.cacheWriteTokens),
  outputTokens: Math.max(0, all.outputTokens - part.outputTokens),
  costUsd:
    all.costUsd === null || part.costUsd === null ? null : Math.max(0, all.costUsd - part.costUsd),
});
