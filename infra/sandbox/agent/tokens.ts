import { z } from 'zod';

const tokens = z.int().min(0);
/** Tokens of four kinds; `input` is what no cache knew. */
export const TokenCounts = z.strictObject({
  input: tokens,
  cacheWrite: tokens,
  cacheRead: tokens,
  output: tokens,
});
export type TokenCounts = z.infer<typeof TokenCounts>;

/** No tokens at all. */
export const NO_TOKENS: TokenCounts = { input: 0, cacheWrite: 0, cacheRead: 0, output: 0 };

/** Combines two counts kind by kind. */
function combineTokens(
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

/** The sum of two counts. */
export const addTokens = (left: TokenCounts, right: TokenCounts) =>
  combineTokens(left, right, (a, b) => a + b);

/** The tokens one launch spends, answer by answer; a resumed launch begins at the share its session has reached. */
export class Spending {
  readonly #plan: { usage: TokenCounts; turns: number; from: number };
  #spent = NO_TOKENS;
  #turns = 0;

  constructor(plan: { usage: TokenCounts; turns: number; from: number }) {
    this.#plan = plan;
  }

  /** What was spent so far. */
  get spent(): TokenCounts {
    return this.#spent;
  }

  /** How many answers were given so far. */
  get turns(): number {
    return this.#turns;
  }

  /** Counts one more answer and says what it spends: its share of the plan, and `extra`. */
  take(extra = NO_TOKENS): TokenCounts {
    const before = this.#share(this.#turns);
    this.#turns += 1;
    const share = combineTokens(this.#share(this.#turns), before, (a, b) => a - b);
    const taken = addTokens(share, extra);
    this.#spent = addTokens(this.#spent, taken);
    return taken;
  }

  #share(count: number): TokenCounts {
    const { usage, turns, from } = this.#plan;
    const reached = Math.min(from + count, turns);
    return combineTokens(usage, NO_TOKENS, (total) => Math.floor((total * reached) / turns));
  }
}
