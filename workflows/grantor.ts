import {
  allHandlersFinished,
  condition,
  log,
  proxyActivities,
  setCurrentDetails,
  TemporalFailure,
  workflowInfo,
} from '@temporalio/workflow';
import type { FlowActivities, Holder } from './domain/activities.ts';

const SWEEP_MS = 60_000;
const MAX_EVENTS = 2_000;

const { findDeadHolders } = proxyActivities<Pick<FlowActivities, 'findDeadHolders'>>({
  startToCloseTimeout: '15 s',
  retry: { maximumAttempts: 3 },
  summary: 'which grant holders are dead',
});

/** What a workflow that grants something to tasks for ever does with its state; each call may fill `outbox`. */
export interface Grantor {
  /** signals to send, taken out when they are */
  outbox: (() => Promise<void>)[];
  sweepMs: number | undefined;
  describe: () => string;
  /** who is looked after: asked about at every sweep */
  holders: () => readonly Holder[];
  drop: (requestIds: readonly string[]) => void;
  /** when time alone changes something, ms since the epoch; null = never */
  wakeAt: () => number | null;
  /** does what time alone changes; nothing when there is nothing to do */
  wake: () => void;
}

/**
 * Answers, sweeps and wakes until the history is long and everything is sent: then the caller continues as new. A dead task
 * takes nothing down: what it held is found by the sweep, and a signal it does not take is dropped.
 */
export async function keepGranting(grantor: Grantor): Promise<void> {
  const { outbox, sweepMs = SWEEP_MS } = grantor;
  const hasWork = (): boolean => outbox.length > 0;
  // A fixed time, not a pause: a grantor that is woken all the time still finds its dead holders.
  let sweepAt = Date.now() + sweepMs;
  while (!isHistoryFull()) {
    // No await between this and looking when something is due next: what time changed in between would be missed.
    grantor.wake();
    if (hasWork()) {
      await send(outbox);
      continue;
    }
    setCurrentDetails(grantor.describe());
    if (grantor.holders().length === 0) sweepAt = Date.now() + sweepMs;
    await untilDue(grantor, () => dueAt(grantor, sweepAt));
    if (grantor.holders().length > 0 && Date.now() >= sweepAt) {
      const dead = await findDead(grantor.holders());
      // The state is read after the wait: what was asked or given back meanwhile must not be undone.
      grantor.drop(dead);
      sweepAt = Date.now() + sweepMs;
    }
  }
  while (hasWork() || !allHandlersFinished()) {
    await condition(allHandlersFinished);
    await send(outbox);
  }
}

/** When there is something to do though nobody speaks; infinity = never. */
function dueAt(grantor: Grantor, sweepAt: number): number {
  const isHeld = grantor.holders().length > 0;
  return Math.min(
    grantor.wakeAt() ?? Number.POSITIVE_INFINITY,
    isHeld ? sweepAt : Number.POSITIVE_INFINITY,
  );
}

/** Until something is to be sent, is due, or a signal made something due earlier than it was. */
async function untilDue({ outbox }: Grantor, due: () => number): Promise<void> {
  const time = due();
  const isNews = (): boolean => outbox.length > 0 || isHistoryFull() || due() < time;
  if (time === Number.POSITIVE_INFINITY) await condition(isNews);
  else {
    await condition(isNews, Math.max(1, time - Date.now()), {
      summary: 'see whether the holders live, or what is due',
    });
  }
}

async function send(outbox: (() => Promise<void>)[]): Promise<void> {
  await Promise.all(outbox.splice(0).map(sendGuarded));
}

/** Of the holders those that are dead; none when it cannot be told. */
export async function findDead(holders: readonly Holder[]): Promise<readonly string[]> {
  try {
    const asked = holders.map(({ requestId, workflowId, life }) => ({
      requestId,
      workflowId,
      life,
    }));
    return (await findDeadHolders({ holders: asked })).requestIds;
  } catch (error) {
    if (!(error instanceof TemporalFailure)) throw error;
    log.warn('holders could not be checked', { reason: error.message });
    return [];
  }
}

/** Whether a workflow that lives for ever goes on in a new run. */
export function isHistoryFull(): boolean {
  const { historyLength, continueAsNewSuggested } = workflowInfo();
  return continueAsNewSuggested || historyLength >= MAX_EVENTS;
}

/** A dead task cannot take a grantor down: the sweep finds what it held. False = it is not there any more. */
export async function sendGuarded(act: () => Promise<void>): Promise<boolean> {
  try {
    await act();
    return true;
  } catch (error) {
    if (!(error instanceof TemporalFailure)) throw error;
    log.warn('a task did not take a signal', { reason: error.message });
    return false;
  }
}
