import { describe, expect, it } from 'vitest';
import { priceUsage } from '../../../../activities/clients/price-usage.ts';

const usage = {
  model: 'gpt-5.3-codex',
  inputTokens: 1_000_000,
  cachedTokens: 0,
  cacheWriteTokens: 0,
  outputTokens: 0,
  costUsd: null,
};

describe('the price of tokens', () => {
  it('is that of the bundled list, cached ones cheaper', () => {
    expect(priceUsage('openai', usage)).toBeCloseTo(1.75, 6);
    expect(priceUsage('openai', { ...usage, outputTokens: 1_000_000 })).toBeCloseTo(15.75, 6);
    const cached = priceUsage('openai', { ...usage, cachedTokens: 1_000_000 });
    expect(cached).toBeCloseTo(0.175, 6);
    const opus = { ...usage, model: 'claude-opus-5' };
    expect(priceUsage('anthropic', opus)).toBeCloseTo(5, 6);
    const written = { ...opus, cachedTokens: 1_000_000, cacheWriteTokens: 1_000_000 };
    expect(priceUsage('anthropic', written)).toBeCloseTo(6.25, 6);
  });

  it('grows with the tokens alone: many small calls are not one in a dearer tier', () => {
    const small = { ...usage, model: 'gpt-5.6', inputTokens: 50_000 };
    const once = priceUsage('openai', small) ?? 0;
    expect(priceUsage('openai', { ...small, inputTokens: 5_000_000 })).toBeCloseTo(100 * once, 6);
  });

  it('of a model nobody knows is unknown, never 0', () => {
    expect(priceUsage('openai', { ...usage, model: 'gpt-of-tomorrow' })).toBeNull();
    expect(priceUsage('openai', { ...usage, model: null })).toBeNull();
    expect(priceUsage('command', usage)).toBeNull();
  });
});
