import { describe, expect, it } from 'vitest';
import {
  afterGrant,
  breakerWakeAt,
  CLOSED,
  describeBreaker,
  mayGrant,
  settleBreaker,
  takeReport,
} from '../../../../workflows/domain/breaker.ts';
import type { Breaker, SlotReport } from '../../../../workflows/domain/breaker.ts';

const NOW = Date.UTC(2026, 10, 21, 9);
const MINUTE = 60_000;
const settings = {
  failures: 3,
  backOffMs: MINUTE,
  maxBackOffMs: 4 * MINUTE,
  unknownLimitMs: 5 * MINUTE,
  maxUnknownLimitMs: 60 * MINUTE,
  trialMs: 10 * MINUTE,
};
const iso = (ms: number) => new Date(ms).toISOString();
const limitUntil = (ms: number): SlotReport => ({ kind: 'limit', until: iso(ms) });
const UNKNOWN_LIMIT: SlotReport = { kind: 'limit', until: null };
const TRANSIENT: SlotReport = { kind: 'transient' };

/** The breaker after reports of runs, one after another, all at `now`. */
function after(
  breaker: Breaker,
  reports: readonly SlotReport[],
  { now = NOW, requestId = 'other' } = {},
) {
  const about = { settings, now };
  return reports.reduce(
    (state, report) => takeReport(state, { requestId, report }, about),
    breaker,
  );
}
const tripped = after(CLOSED, [TRANSIENT, TRANSIENT, TRANSIENT]);
const endOf = ({ pause }: Breaker) => (pause === null ? null : pause.until - NOW);

describe('a closed breaker', () => {
  it('lets everybody work', () => {
    expect(mayGrant(CLOSED, NOW)).toBe(true);
    expect(describeBreaker('anthropic', CLOSED, NOW)).toBeNull();
    expect(breakerWakeAt(CLOSED, settings, NOW)).toBeNull();
  });

  it('opens after so many transient failures in a row, and not before', () => {
    expect(mayGrant(after(CLOSED, [TRANSIENT, TRANSIENT]), NOW)).toBe(true);
    expect(mayGrant(tripped, NOW)).toBe(false);
    expect(endOf(tripped)).toBe(MINUTE);
  });

  it('forgets failures when a run succeeds, and only then', () => {
    const interleaved = [TRANSIENT, TRANSIENT, { kind: 'ok' }, TRANSIENT, TRANSIENT] as const;
    expect(mayGrant(after(CLOSED, interleaved), NOW)).toBe(true);
    const unused = [TRANSIENT, TRANSIENT, { kind: 'unused' }, TRANSIENT] as const;
    expect(mayGrant(after(CLOSED, unused), NOW)).toBe(false);
  });
});

describe('a limit with a known end', () => {
  const limited = after(CLOSED, [limitUntil(NOW + 90 * MINUTE)]);

  it('pauses until then and is over then, without a trial', () => {
    expect(mayGrant(limited, NOW + 90 * MINUTE - 1)).toBe(false);
    expect(breakerWakeAt(limited, settings, NOW)).toBe(NOW + 90 * MINUTE);
    expect(settleBreaker(limited, settings, NOW + 90 * MINUTE)).toEqual(CLOSED);
  });

  it('is said with its end', () => {
    expect(describeBreaker('anthropic', limited, NOW)).toBe(
      `provider anthropic is limited until ${iso(NOW + 90 * MINUTE)}`,
    );
  });

  it('only ever moves later', () => {
    expect(endOf(after(limited, [limitUntil(NOW + 5 * MINUTE)]))).toBe(90 * MINUTE);
    expect(endOf(after(limited, [limitUntil(NOW + 99 * MINUTE)]))).toBe(99 * MINUTE);
    expect(endOf(after(limited, [UNKNOWN_LIMIT, TRANSIENT, { kind: 'ok' }]))).toBe(90 * MINUTE);
  });

  it('takes the place of a guess', () => {
    const guessed = after(CLOSED, [UNKNOWN_LIMIT]);
    expect(endOf(after(guessed, [limitUntil(NOW + 2 * MINUTE)]))).toBe(2 * MINUTE);
  });

  it('a misread date does not pause a provider for years', () => {
    const wrong = after(CLOSED, [limitUntil(Date.UTC(2099, 0))]);
    expect(endOf(wrong)).toBe(8 * 24 * 60 * MINUTE);
  });

  it.for<[string, SlotReport]>([
    ['over already', limitUntil(NOW - 1)],
    ['over now', limitUntil(NOW)],
  ])('that is %s counts as a failure: it cannot be tried again at once for ever', ([, report]) => {
    expect(mayGrant(after(CLOSED, [report, report]), NOW)).toBe(true);
    expect(mayGrant(after(CLOSED, [report, report, report]), NOW)).toBe(false);
  });
});

describe('a limit nobody knows the end of', () => {
  it('pauses for a guess, once for all runs that report it', () => {
    expect(endOf(after(CLOSED, [UNKNOWN_LIMIT]))).toBe(5 * MINUTE);
    const unreadable: SlotReport = { kind: 'limit', until: 'soon' };
    expect(endOf(after(CLOSED, [UNKNOWN_LIMIT, unreadable, UNKNOWN_LIMIT]))).toBe(5 * MINUTE);
  });

  it('doubles from trial to trial up to an hour', () => {
    let breaker = CLOSED;
    let now = NOW;
    const pauses: number[] = [];
    for (let trial = 0; trial < 6; trial += 1) {
      breaker = after(afterGrant(breaker, 'probe', now), [UNKNOWN_LIMIT], {
        now,
        requestId: 'probe',
      });
      const until = breaker.pause?.until ?? now;
      pauses.push((until - now) / MINUTE);
      now = until;
    }
    expect(pauses).toEqual([5, 10, 20, 40, 60, 60]);
  });
});

describe('a trial', () => {
  const now = NOW + MINUTE;
  const onTrial = afterGrant(tripped, 'probe', now);
  const told = (report: SlotReport, requestId: string) =>
    after(onTrial, [report], { now, requestId });

  it('begins when the pause ends and takes one run', () => {
    expect(settleBreaker(tripped, settings, now)).toEqual(tripped);
    expect(mayGrant(tripped, now)).toBe(true);
    expect(mayGrant(onTrial, now)).toBe(false);
    expect(describeBreaker('openai', onTrial, now)).toBe(
      'provider openai is tried with one run first',
    );
  });

  it('ends well with its own run only', () => {
    expect(told({ kind: 'ok' }, 'probe')).toEqual(CLOSED);
    expect(told({ kind: 'ok' }, 'from before the pause')).toEqual(onTrial);
  });

  it('ends in a pause twice as long when its run fails; failures of older runs say nothing', () => {
    expect(told(TRANSIENT, 'probe').pause?.until).toBe(now + 2 * MINUTE);
    expect(told(TRANSIENT, 'from before the pause')).toEqual(onTrial);
  });

  it('goes on with the next run when its run was never started', () => {
    expect(mayGrant(told({ kind: 'unused' }, 'probe'), now)).toBe(true);
    expect(mayGrant(told({ kind: 'unused' }, 'another'), now)).toBe(false);
  });

  it('ends well when its run works on for long: nobody waits an hour for it', () => {
    expect(breakerWakeAt(onTrial, settings, now)).toBe(now + settings.trialMs);
    expect(settleBreaker(onTrial, settings, now + settings.trialMs - 1)).toEqual(onTrial);
    expect(settleBreaker(onTrial, settings, now + settings.trialMs)).toEqual(CLOSED);
  });

  it('never waits longer than the longest pause', () => {
    let breaker = tripped;
    let at = now;
    for (let trial = 0; trial < 9; trial += 1) {
      breaker = after(afterGrant(breaker, 'probe', at), [TRANSIENT], {
        now: at,
        requestId: 'probe',
      });
      expect((breaker.pause?.until ?? 0) - at).toBeLessThanOrEqual(settings.maxBackOffMs);
      at = breaker.pause?.until ?? at;
    }
  });
});

it('the report of a run that was not a probe opens nothing and closes nothing while paused', () => {
  const quiet: SlotReport[] = [TRANSIENT, { kind: 'ok' }, { kind: 'unused' }, UNKNOWN_LIMIT];
  expect(after(tripped, quiet)).toEqual(tripped);
});
