import { z } from 'zod';

const UNIT_MS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };

/** `90s`, `15m`, `250ms`: a duration with its unit, to ms. */
export const Duration = z
  .string()
  .regex(/^\d{1,6} ?(ms|s|m|h)$/, 'a duration with its unit, such as 30s or 15m')
  .transform((text) => Number.parseInt(text, 10) * (UNIT_MS[text.replace(/[\d ]+/, '')] ?? 1));
