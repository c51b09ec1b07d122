import type { SlotReport } from './breaker.ts';
import type { RolePolicy, TaskPolicy } from './policy.ts';
import type { InterruptedRun, OpenRun, RunKey, RunSummary, StoppedBill } from './runs.ts';
import type { Role } from './stages.ts';
import { addUsage } from './usage.ts';
import { pauseAfter } from './waits.ts';

/** How often an answer that broke off is taken up again in one run. */
export const MAX_INCOMPLETES = 3;

/** A run that begins. */
export function openRun(key: RunKey, role: Role): OpenRun {
  const none = { continuation: 0, model: null, transients: 0, incompletes: 0 };
  return { key, role, ...none, usages: [], seconds: 0 };
}

/** What follows an interruption. No producer attempt is used up by any of them. */
export type AfterInterruption =
  /** the same session again; `pauseMs` = wait before that, on the provider or on passing trouble */
  | { kind: 'go-on'; run: OpenRun; pauseMs: number }
  /** waits as infrastructure does: retried on a timer that backs off, shown to a person after some time */
  | { kind: 'hold'; run: OpenRun; reason: string }
  /** nothing mends it but a person */
  | { kind: 'broken'; run: OpenRun; reason: string }
  /** the agent never gets to an end: its attempt is used up */
  | { kind: 'unusable'; reason: string };

/**
 * Decides what follows. Each class has a budget of its own; a limit has none: the agent pool grants nothing of that provider
 * before its reset. Source: product 4, failure classes; I5, I13.
 */
export function decideInterruption(
  run: OpenRun,
  by: InterruptedRun,
  policy: Pick<TaskPolicy, 'maxInfraRetries' | 'rereadMs' | 'rereadMaxMs'> & { role: RolePolicy },
): AfterInterruption {
  const next = booked(run, by);
  switch (by.why) {
    case 'transient': {
      const transients = run.transients + 1;
      return transients > policy.maxInfraRetries
        ? { kind: 'hold', run: { ...next, transients: 0 }, reason: by.reason }
        : { kind: 'go-on', run: { ...next, transients }, pauseMs: pauseAfter(transients, policy) };
    }
    case 'limit': {
      const model = isOfOneModel(run, by, policy.role) ? policy.role.fallbackModel : run.model;
      return { kind: 'go-on', run: { ...next, transients: 0, model }, pauseMs: 0 };
    }
    case 'incomplete': {
      const incompletes = run.incompletes + 1;
      return incompletes > MAX_INCOMPLETES
        ? { kind: 'unusable', reason: `${by.reason}, ${incompletes} times` }
        : { kind: 'go-on', run: { ...next, incompletes }, pauseMs: 0 };
    }
    case 'permanent':
      return { kind: 'broken', run: next, reason: by.reason };
  }
}

/** A run that is over, with what its interrupted continuations used and worked. */
export function wholeRun(open: OpenRun, last: RunSummary): RunSummary {
  const usage = addUsage(open.usages, last.usage);
  return { ...last, usage, seconds: open.seconds + last.seconds };
}

/** The run a STOP ended, null when nothing of it was ever launched. `bill` is of its last continuation. */
export function stoppedRun(open: OpenRun, bill: StoppedBill): RunSummary | null {
  const { runId, wasLaunched, usage: last, seconds: worked } = bill;
  const usages = wasLaunched ? [...open.usages, last] : open.usages;
  if (usages.length === 0) return null;
  const usage = addUsage(usages.slice(0, -1), usages.at(-1) ?? null);
  const seconds = open.seconds + worked;
  return { runId, stage: open.key.stage, role: open.role, end: 'stopped', seconds, usage };
}

/** What is said to the agent pool when a slot is given back after an interruption. */
export function reportOf(run: OpenRun, by: InterruptedRun, role: RolePolicy): SlotReport {
  if (by.why === 'limit' && !isOfOneModel(run, by, role))
    return { kind: 'limit', until: by.resetsAt };
  return by.why === 'transient' ? { kind: 'transient' } : { kind: 'ok' };
}

function booked(run: OpenRun, by: InterruptedRun): OpenRun {
  return {
    ...run,
    continuation: run.continuation + 1,
    usages: [...run.usages, by.usage],
    seconds: run.seconds + by.seconds,
  };
}

/** A limit of one model only, and there is another one to use that is not in use already. */
function isOfOneModel(run: OpenRun, by: InterruptedRun, { fallbackModel }: RolePolicy): boolean {
  if (fallbackModel === null || run.model === fallbackModel) return false;
  return /hit your (opus|sonnet|haiku|fable) limit/i.test(by.reason);
}
