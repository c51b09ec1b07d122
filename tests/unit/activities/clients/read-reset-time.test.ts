import { describe, expect, it } from 'vitest';
import { readResetTime } from '../../../../activities/clients/read-reset-time.ts';

const NOW = new Date('2026-11-21T14:00:30.000Z');
const read = (text: string) => readResetTime(text, NOW)?.replace(':00.000Z', 'Z') ?? null;

describe('when a limit resets', () => {
  it.each([
    ['resets 3:45pm', '2026-11-21T15:45Z'],
    ['resets at 3:45 PM.', '2026-11-21T15:45Z'],
    ['resets 3pm', '2026-11-21T15:00Z'],
    ['resets 15:00', '2026-11-21T15:00Z'],
    ['resets 9am', '2026-11-22T09:00Z'],
    ['resets 2pm', '2026-11-21T14:01Z'],
    ['resets 1:59pm', '2026-11-22T13:59Z'],
    ['resets 12am', '2026-11-22T00:00Z'],
    ['resets 12:30pm', '2026-11-22T12:30Z'],
    ['resets 3:45pm (Europe/Berlin)', '2026-11-21T14:45Z'],
    ['resets 1am (America/New_York)', '2026-11-22T06:00Z'],
    ['resets Nov 23, 9am (Asia/Tokyo)', '2026-11-23T00:00Z'],
    ['resets Jan 2 at 9am', '2027-01-02T09:00Z'],
    ['or try again at 3:45 PM.', '2026-11-21T15:45Z'],
    ['Try again at Nov 23rd, 2026 2:05 AM.', '2026-11-23T02:05Z'],
    ['spend limit reached (daily; resets 12am)', '2026-11-22T00:00Z'],
    ['Some("{\\"resets_at\\":1795280400,\\"x\\":1}") try again at 9:00 PM.', '2026-11-21T17:00Z'],
    ['Claude AI usage limit reached|1795280400', '2026-11-21T17:00Z'],
  ])('%s', (text, iso) => {
    expect(read(text)).toBe(iso);
  });

  it('is counted from now when a time is left to wait', () => {
    const wait = 'try again in 2 days 3 hours 5 minutes';
    expect(readResetTime(wait, NOW)).toBe('2026-11-23T17:05:30.000Z');
    expect(readResetTime('resets in 45 seconds', NOW)).toBe('2026-11-21T14:01:15.000Z');
  });

  it.each([
    '',
    'Try again later.',
    'resets tomorrow',
    'resets 3:45pm (Moon/Base)',
    'resets 25:00',
    'at 3pm we met',
  ])('is not told by %j', (text) => {
    const told = read(text);
    expect(told).toBeNull();
  });
});
