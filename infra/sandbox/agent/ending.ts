/** The endings a scenario may ask for. */
export const ENDING_NAMES = [
  'rate-limited',
  'usage-limited',
  'overloaded',
  'incomplete',
  'max-turns',
  'over-budget',
  'permanent-failure',
] as const;

/** How a launch ends, when it ends by itself. */
export type Ending =
  | { kind: 'finished'; text: string }
  | { kind: 'usage-limited'; resetsAtMs: number }
  | { kind: 'interrupted' | Exclude<(typeof ENDING_NAMES)[number], 'usage-limited'> };
