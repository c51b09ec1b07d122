import type { TokenCounts } from '../tokens.ts';

interface Model {
  id: string;
  inputUsdPerMillion: number;
  outputUsdPerMillion: number;
}

const MODELS: Record<string, Model> = {
  opus: { id: 'claude-opus-5', inputUsdPerMillion: 5, outputUsdPerMillion: 25 },
  sonnet: { id: 'claude-sonnet-5', inputUsdPerMillion: 2, outputUsdPerMillion: 10 },
  haiku: { id: 'claude-haiku-4-5', inputUsdPerMillion: 1, outputUsdPerMillion: 5 },
  fable: { id: 'claude-fable-5', inputUsdPerMillion: 10, outputUsdPerMillion: 50 },
};

const CACHE_WRITE_FACTOR = 1.25;
const CACHE_READ_FACTOR = 0.1;

/** A model by alias, or by an id that names its family; throws for any other name. */
export function findModel(name: string): Model {
  const known = MODELS[name];
  if (known) return known;
  const family = Object.keys(MODELS).find((alias) => name.startsWith(`claude-${alias}-`));
  const model = family === undefined ? undefined : MODELS[family];
  if (!model) throw new Error(`There's an issue with the selected model (${name}).`);
  return { ...model, id: name };
}

/** What `tokens` cost in USD, with cache reads and writes at their share of the input price. */
export function priceTokens(model: Model, tokens: TokenCounts): number {
  const inputShare =
    tokens.input + tokens.cacheWrite * CACHE_WRITE_FACTOR + tokens.cacheRead * CACHE_READ_FACTOR;
  const usd =
    (inputShare * model.inputUsdPerMillion + tokens.output * model.outputUsdPerMillion) / 1e6;
  return Math.round(usd * 1e6) / 1e6;
}
