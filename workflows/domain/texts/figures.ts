import type { RunUsage } from '../runs.ts';
import type { Language } from './language-pack.ts';

const GROUP: Record<Language, string> = { en: ',', ru: '\u00A0' };
const UNITS: Record<Language, { h: string; m: string; s: string }> = {
  en: { h: 'h', m: 'm', s: 's' },
  ru: { h: 'ч', m: 'м', s: 'с' },
};

/** A whole number with its thousands grouped. */
export function formatCount(count: number, language: Language): string {
  return String(Math.round(count)).replace(/\B(?=(\d{3})+$)/g, GROUP[language]);
}

/** Seconds as `1h 5m`, `3m 20s` or `45s`. */
export function formatSeconds(seconds: number, language: Language): string {
  const { h, m, s } = UNITS[language];
  const whole = Math.round(seconds);
  const minutes = Math.floor(whole / 60);
  if (minutes >= 60) return `${Math.floor(minutes / 60)}${h} ${minutes % 60}${m}`;
  return minutes >= 1 ? `${minutes}${m} ${whole % 60}${s}` : `${whole}${s}`;
}

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

/** Cost as `$1.23`, with `+ ?` while a part of it is unknown; an unknown cost is never 0. */
export function formatCost({ costCents, costUnknown }: UsageSum): string {
  const dollars = `$${(costCents / 100).toFixed(2)}`;
  if (!costUnknown) return dollars;
  return costCents === 0 ? '$?' : `${dollars} + ?`;
}
