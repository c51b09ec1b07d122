import { calcPrice } from '@pydantic/genai-prices';
import type { AgentTotals } from './agent-adapter.ts';

/** Above this a single call may be in a dearer tier. A run's totals are of many calls, each far below. */
const CALL_TOKENS = 100_000;

/**
 * What the tokens cost by the bundled price list, which knows no network; null = a model it does not know, never 0. An estimate:
 * each call is taken for a small one, and a cache write for the shortest-lived kind.
 */
export function priceUsage(provider: string, usage: AgentTotals): number | null {
  if (usage.model === null) return null;
  const parts = Math.max(1, Math.ceil(usage.inputTokens / CALL_TOKENS));
  const price = calcPrice(
    {
      input_tokens: usage.inputTokens / parts,
      cache_read_tokens: (usage.cachedTokens - usage.cacheWriteTokens) / parts,
      cache_write_tokens: usage.cacheWriteTokens / parts,
      output_tokens: usage.outputTokens / parts,
    },
    usage.model,
    { providerId: provider },
  );
  return price === null ? null : price.total_price * parts;
}
