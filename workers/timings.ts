import type { BreakerSettings } from '../workflows/domain/breaker.ts';

/** Which table of times a process runs with. `test` makes waits short; it changes no rule. */
export type Profile = 'production' | 'test';

/** Times of one profile, ms: the worker's own, and the defaults of a project's policy. */
export interface Timings {
  /** how long a workflow task waits for the worker that has the workflow cached */
  stickyMs: number;
  /** longest pause between two heartbeats sent; also how late a running activity learns of a cancel */
  heartbeatThrottleMs: number;
  shortTimeoutMs: number;
  heartbeatTimeoutMs: number;
  rereadMs: number;
  rereadMaxMs: number;
  laneRepeatMs: number;
  watchWindowMs: number;
  watchIntervalMs: number;
  breaker: BreakerSettings;
  healthTries: number;
  healthIntervalMs: number;
}

const SECOND = 1000;
const MINUTE = 60 * SECOND;

export const TIMINGS: Readonly<Record<Profile, Timings>> = {
  production: {
    stickyMs: 3 * SECOND,
    heartbeatThrottleMs: 2 * SECOND,
    shortTimeoutMs: 30 * SECOND,
    heartbeatTimeoutMs: 30 * SECOND,
    rereadMs: 30 * SECOND,
    rereadMaxMs: 5 * MINUTE,
    laneRepeatMs: 5 * MINUTE,
    watchWindowMs: 15 * MINUTE,
    watchIntervalMs: 30 * SECOND,
    breaker: {
      failures: 5,
      backOffMs: MINUTE,
      maxBackOffMs: 15 * MINUTE,
      unknownLimitMs: 5 * MINUTE,
      maxUnknownLimitMs: 60 * MINUTE,
      trialMs: 5 * MINUTE,
    },
    healthTries: 10,
    healthIntervalMs: 6 * SECOND,
  },
  test: {
    stickyMs: SECOND,
    heartbeatThrottleMs: SECOND,
    shortTimeoutMs: 5 * SECOND,
    heartbeatTimeoutMs: 3 * SECOND,
    rereadMs: 2 * SECOND,
    rereadMaxMs: 5 * SECOND,
    laneRepeatMs: 5 * SECOND,
    watchWindowMs: 3 * SECOND,
    watchIntervalMs: SECOND,
    breaker: {
      failures: 5,
      backOffMs: 2 * SECOND,
      maxBackOffMs: 10 * SECOND,
      unknownLimitMs: 3 * SECOND,
      maxUnknownLimitMs: 10 * SECOND,
      trialMs: 5 * SECOND,
    },
    healthTries: 40,
    healthIntervalMs: 250,
  },
};
