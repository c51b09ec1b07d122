/** What a run says of its provider when it gives its slot back. `unused` = nothing was learnt. ISO time, null = not told. */
export type SlotReport =
  | { kind: 'ok' }
  | { kind: 'transient' }
  | { kind: 'limit'; until: string | null }
  | { kind: 'unused' };

/** When a provider is left alone, and for how long. Durations in ms. */
export interface BreakerSettings {
  /** transient failures in a row that open the breaker */
  failures: number;
  /** first pause after that, doubling up to the second */
  backOffMs: number;
  maxBackOffMs: number;
  /** first pause for a limit without a known end, doubling up to the second */
  unknownLimitMs: number;
  maxUnknownLimitMs: number;
  /** a run on trial that has not failed for so long proves its provider well */
  trialMs: number;
}

/** The memory of one provider. Times in ms since the epoch. */
export interface Breaker {
  /** transient failures in a row */
  failures: number;
  /** pauses of a guessed length in a row; each doubles the next */
  trips: number;
  /** null = closed; past its end a guessed pause is a trial, a known one is over */
  pause: { why: 'limit' | 'failures'; until: number; isGuess: boolean } | null;
  /** the one grant of a trial */
  probe: { requestId: string; since: number } | null;
}

/** A provider nothing is wrong with. */
export const CLOSED: Breaker = { failures: 0, trips: 0, pause: null, probe: null };

/** A limit cannot be known further ahead: a misread date must not pause a provider for years. */
const MAX_LIMIT_MS = 8 * 86_400_000;

/** Whether a grant may be given now: none in a pause, one on trial. */
export function mayGrant({ pause, probe }: Breaker, now: number): boolean {
  return pause === null || (pause.until <= now && probe === null);
}

/** The breaker once `requestId` is granted: on trial that one is the probe. */
export function afterGrant(breaker: Breaker, requestId: string, now: number): Breaker {
  return breaker.pause === null ? breaker : { ...breaker, probe: { requestId, since: now } };
}

/** The breaker as time alone changes it: a known limit ends, a probe that works on for long is a success. */
export function settleBreaker(breaker: Breaker, settings: BreakerSettings, now: number): Breaker {
  const { pause, probe } = breaker;
  if (pause === null || pause.until > now) return breaker;
  const isProven = probe !== null && probe.since + settings.trialMs <= now;
  return !pause.isGuess || isProven ? CLOSED : breaker;
}

/** When time alone changes the breaker next, ms since the epoch; null = never. */
export function breakerWakeAt(
  { pause, probe }: Breaker,
  settings: BreakerSettings,
  now: number,
): number | null {
  if (pause === null) return null;
  if (pause.until > now) return pause.until;
  return probe === null ? null : probe.since + settings.trialMs;
}

/** What a run that ended says of its provider. */
export interface RunReport {
  requestId: string;
  report: SlotReport;
}

/**
 * Takes a report in. Runs that began before a pause prove nothing about it, except that a limit may turn out longer.
 *
 * | breaker | report | next |
 * | --- | --- | --- |
 * | closed | ok | closed, failures forgotten |
 * | closed | transient | closed; at `failures` in a row paused |
 * | any | limit until T | paused until T or the later end already known |
 * | closed, on trial | limit | paused for a guess, doubling |
 * | paused | ok, transient, limit | unchanged |
 * | on trial | ok of the probe | closed |
 * | on trial | transient of the probe | paused again, doubling |
 * | on trial | unused of the probe | on trial, the next grant is the probe |
 */
export function takeReport(
  breaker: Breaker,
  { requestId, report }: RunReport,
  about: { settings: BreakerSettings; now: number },
): Breaker {
  const isProbe = breaker.probe?.requestId === requestId;
  const isPaused = breaker.pause !== null;
  switch (report.kind) {
    case 'unused':
      return isProbe ? { ...breaker, probe: null } : breaker;
    case 'ok':
      return isPaused && !isProbe ? breaker : CLOSED;
    case 'limit':
      return takeLimit(breaker, report.until, about);
    case 'transient':
      if (isPaused) return isProbe ? trip(breaker, 'failures', about) : breaker;
      return takeFailure(breaker, about);
  }
}

type About = Parameters<typeof takeReport>[2];

function takeFailure(breaker: Breaker, about: About): Breaker {
  const failures = breaker.failures + 1;
  const next = { ...breaker, failures };
  return failures >= about.settings.failures ? trip(next, 'failures', about) : next;
}

function takeLimit(breaker: Breaker, until: string | null, about: About): Breaker {
  const { pause } = breaker;
  const { now } = about;
  const end = until === null ? Number.NaN : Date.parse(until);
  if (end > now) {
    const known = pause?.isGuess === false ? pause.until : 0;
    const latest = Math.max(known, Math.min(end, now + MAX_LIMIT_MS));
    return { ...CLOSED, pause: { why: 'limit', until: latest, isGuess: false } };
  }
  if (pause !== null && pause.until > now) return breaker;
  // A limit that is over already: believing it would try again at once, for ever.
  if (end <= now && pause === null) return takeFailure(breaker, about);
  return trip(breaker, 'limit', about);
}

function trip(breaker: Breaker, why: 'limit' | 'failures', { settings, now }: About): Breaker {
  const [first, most] =
    why === 'limit'
      ? [settings.unknownLimitMs, settings.maxUnknownLimitMs]
      : [settings.backOffMs, settings.maxBackOffMs];
  const until = now + Math.min(first * 2 ** breaker.trips, most);
  return {
    failures: 0,
    trips: breaker.trips + 1,
    pause: { why, until, isGuess: true },
    probe: null,
  };
}

/** Why no grant is given, for people; null = grants are given. */
export function describeBreaker(provider: string, breaker: Breaker, now: number): string | null {
  const { pause, probe } = breaker;
  if (pause === null) return null;
  if (pause.until <= now) {
    return probe === null ? null : `provider ${provider} is tried with one run first`;
  }
  const until = new Date(pause.until).toISOString();
  if (pause.why === 'failures') {
    return `provider ${provider} failed several times in a row and is left alone until ${until}`;
  }
  return pause.isGuess
    ? `provider ${provider} is limited, nobody knows until when; it is tried again at ${until}`
    : `provider ${provider} is limited until ${until}`;
}
