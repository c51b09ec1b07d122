import type { UsageSum } from '../usage.ts';
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

/** Cost as `$1.23`, with `+ ?` while a part of it is unknown; an unknown cost is never 0. */
export function formatCost({ costCents, costUnknown }: UsageSum): string {
  const dollars = `$${(costCents / 100).toFixed(2)}`;
  if (!costUnknown) return dollars;
  return costCents === 0 ? '$?' : `${dollars} + ?`;
}
