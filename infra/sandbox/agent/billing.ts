import { findModel, priceTokens } from './price.ts';
import type { TokenCounts } from './scenario.ts';

/** The small model that names sessions and sums up tool output; only `modelUsage` tells of it. */
const BACKGROUND = {
  model: 'haiku',
  tokens: { input: 2100, cacheWrite: 0, cacheRead: 0, output: 120 },
};

const NOTHING: TokenCounts = { input: 0, cacheWrite: 0, cacheRead: 0, output: 0 };

function combine(
  left: TokenCounts,
  right: TokenCounts,
  operation: (a: number, b: number) => number,
): TokenCounts {
  return {
    input: operation(left.input, right.input),
    cacheWrite: operation(left.cacheWrite, right.cacheWrite),
    cacheRead: operation(left.cacheRead, right.cacheRead),
    output: operation(left.output, right.output),
  };
}

/** What the first `count` of `turns` answers spent of `usage`; all of them spend exactly all of it. */
export function spentUntil(
  { usage, turns }: { usage: TokenCounts; turns: number },
  count: number,
): TokenCounts {
  return combine(usage, NOTHING, (total) => Math.floor((total * count) / turns));
}

/** The API's `usage` for tokens, less those of `before`. */
export function wireUsage(tokens: TokenCounts, before = NOTHING) {
  const { input, cacheWrite, cacheRead, output } = combine(tokens, before, (a, b) => a - b);
  return {
    input_tokens: input,
    cache_creation_input_tokens: cacheWrite,
    cache_read_input_tokens: cacheRead,
    output_tokens: output,
  };
}

/** The bill of a result event: `usage` of the main loop, `modelUsage` of all models, their sum in USD. */
export function billRun(mainModel: string, spent: TokenCounts) {
  const tokensById = new Map<string, TokenCounts>();
  for (const { model, tokens } of [{ model: mainModel, tokens: spent }, BACKGROUND]) {
    const { id } = findModel(model);
    tokensById.set(
      id,
      combine(tokensById.get(id) ?? NOTHING, tokens, (a, b) => a + b),
    );
  }
  const entries = [...tokensById].map(([id, tokens]) => ({
    id,
    usage: {
      inputTokens: tokens.input,
      outputTokens: tokens.output,
      cacheReadInputTokens: tokens.cacheRead,
      cacheCreationInputTokens: tokens.cacheWrite,
      webSearchRequests: 0,
      costUSD: priceTokens(findModel(id), tokens),
    },
  }));
  const totalUsd = entries.reduce((sum, { usage }) => sum + usage.costUSD, 0);
  return {
    total_cost_usd: Math.round(totalUsd * 1e6) / 1e6,
    usage: wireUsage(spent),
    modelUsage: Object.fromEntries(entries.map(({ id, usage }) => [id, usage])),
  };
}
