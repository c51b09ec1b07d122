const MONTHS = 'jan feb mar apr may jun jul aug sep oct nov dec'.split(' ');
const DAY_MS = 86_400_000;
const MINUTE_MS = 60_000;
const UNIT_MS: Readonly<Record<string, number>> = {
  day: DAY_MS,
  hour: 3_600_000,
  minute: MINUTE_MS,
  second: 1000,
};

/** `resets 3:45pm`, `resets Mar 5 at 3pm (Europe/Berlin)`, `try again at Mar 10th, 2026 3:39 AM`. */
const MOMENT =
  /(?:resets?|try again)(?: on| at)? (?:(?<month>[a-z]{3})[a-z]* (?<day>\d{1,2})(?:st|nd|rd|th)?,? ?(?<year>\d{4})?,? ?(?:at )?)?(?:(?<hour>\d{1,2})(?::(?<minute>\d\d))? ?(?<half>[ap])\.?m\b|(?<hour24>\d{1,2}):(?<minute24>\d\d))(?: \((?<zone>[A-Za-z_]+(?:\/[A-Za-z_+\-0-9]+)*)\))?/i;
const PERIOD = /(?:resets?|try again) in ((?:\d+ (?:day|hour|minute|second)s?[, and]*)+)/i;
const EPOCH = /(?:limit reached\||resets_at\W{1,4})(\d{10})\b/i;

/** A moment as people write it; what is null was not said. */
interface Said {
  month: number | null;
  day: number;
  year: number | null;
  hour: number;
  minute: number;
  zone: string;
}

/**
 * When a provider says its limit resets, ISO; null = it does not say. A time of day is the next one after `now`. Times without
 * a zone are UTC: agents run with TZ=UTC.
 */
export function readResetTime(text: string, now: Date): string | null {
  const epoch = EPOCH.exec(text)?.[1];
  if (epoch !== undefined) return new Date(Number(epoch) * 1000).toISOString();
  const period = PERIOD.exec(text)?.[1];
  if (period !== undefined) return new Date(now.getTime() + lengthOf(period)).toISOString();
  const said = readMoment(text);
  return said === null ? null : (nextMoment(said, now)?.toISOString() ?? null);
}

function lengthOf(period: string): number {
  const parts = [...period.matchAll(/(\d+) (day|hour|minute|second)/gi)];
  return parts.reduce(
    (sum, [, count, unit = '']) => sum + Number(count) * (UNIT_MS[unit.toLowerCase()] ?? 0),
    0,
  );
}

function readMoment(text: string): Said | null {
  const found = MOMENT.exec(text)?.groups;
  if (found === undefined) return null;
  const { month, day, year, zone } = found;
  return {
    ...readClock(found),
    month: month === undefined ? null : MONTHS.indexOf(month.toLowerCase()),
    day: Number(day ?? 0),
    year: year === undefined ? null : Number(year),
    zone: zone ?? 'UTC',
  };
}

function readClock(found: Readonly<Record<string, string | undefined>>): {
  hour: number;
  minute: number;
} {
  const { hour, minute, half, hour24, minute24 } = found;
  if (half === undefined) return { hour: Number(hour24), minute: Number(minute24) };
  const afternoon = half.toLowerCase() === 'p' ? 12 : 0;
  return { hour: (Number(hour) % 12) + afternoon, minute: Number(minute ?? 0) };
}

/** The moment itself; of one without a date or year the first that is not before `now`. */
function nextMoment(said: Said, now: Date): Date | null {
  const offsetMs = zoneOffsetMs(said.zone, now);
  if (offsetMs === null || said.month === -1 || said.hour > 23) return null;
  const there = new Date(now.getTime() + offsetMs);
  const at = (year: number, month: number, day: number) =>
    Date.UTC(year, month, day, said.hour, said.minute) - offsetMs;
  const [year, month, day] = [there.getUTCFullYear(), there.getUTCMonth(), there.getUTCDate()];
  if (said.month === null) {
    const today = at(year, month, day);
    if (today >= now.getTime()) return new Date(today);
    // Seconds are left out: the minute that has begun is still to come to its end.
    const isThisMinute = today + MINUTE_MS > now.getTime();
    return new Date(today + (isThisMinute ? MINUTE_MS : DAY_MS));
  }
  const thisYear = at(said.year ?? year, said.month, said.day);
  const passed = said.year === null && thisYear < now.getTime() - DAY_MS;
  return new Date(passed ? at(year + 1, said.month, said.day) : thisYear);
}

/** How far a zone is ahead of UTC at `now`; null for a name that is no zone. */
function zoneOffsetMs(zone: string, now: Date): number | null {
  try {
    const parts = new Intl.DateTimeFormat('en-GB', {
      timeZone: zone,
      dateStyle: 'short',
      timeStyle: 'medium',
    }).formatToParts(now);
    const read = (type: string) => Number(parts.find((part) => part.type === type)?.value);
    const there = Date.UTC(
      read('year'),
      read('month') - 1,
      read('day'),
      ...([read('hour'), read('minute'), read('second')] as const),
    );
    return there - Math.floor(now.getTime() / 1000) * 1000;
  } catch {
    return null;
  }
}
