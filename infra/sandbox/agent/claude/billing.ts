import type { Bill } from '../session.ts';
import { addTokens, NO_TOKENS, type TokenCounts } from '../tokens.ts';
import { findModel, priceTokens } from './price.ts';

/** The small model that names sessions and sums up tool output; only `modelUsage` tells of it. */
const BACKGROUND: Bill = {
  model: 'haiku',
  spent: { input: 2100, cacheWrite: 0, cacheRead: 0, output: 120 },
};

/** The API's `usage` for tokens. */
export const wireUsage = ({ input, cacheWrite, cacheRead, output }: TokenCounts) => ({
  input_tokens: input,
  cache_creation_input_tokens: cacheWrite,
  cache_read_input_tokens: cacheRead,
  output_tokens: output,
});

function modelUsageOf(id: string, tokens: TokenCounts) {
  return {
    inputTokens: tokens.input,
    outputTokens: tokens.output,
    cacheReadInputTokens: tokens.cacheRead,
    cacheCreationInputTokens: tokens.cacheWrite,
    webSearchRequests: 0,
    costUSD: priceTokens(findModel(id), tokens),
  };
}

/** `modelUsage` of launches, each with what the small model did beside it, and their sum in USD. A refused launch is free. */
export function billLaunches(launches: readonly Bill[]) {
  const tokensById = new Map<string, TokenCounts>();
  const paid = launches.filter(({ spent }) => spent.output > 0);
  for (const { model, spent } of paid.flatMap((launch) => [launch, BACKGROUND])) {
    const { id } = findModel(model);
    tokensById.set(id, addTokens(tokensById.get(id) ?? NO_TOKENS, spent));
  }
  const entries = [...tokensById].map(([id, tokens]) => [id, modelUsageOf(id, tokens)] as const);
  const totalUsd = entries.reduce((sum, [, usage]) => sum + usage.costUSD, 0);
  return {
    total_cost_usd: Math.round(totalUsd * 1e6) / 1e6,
    modelUsage: Object.fromEntries(entries),
  };
}
