import {
  afterGrant,
  breakerWakeAt,
  CLOSED,
  mayGrant,
  settleBreaker,
  takeReport,
} from './breaker.ts';
import type { SlotReport } from './breaker.ts';
import type {
  PoolChange,
  PooledRequest,
  PoolState,
  ProviderLimits,
  SlotAnswer,
  SlotRequest,
  SlotWaiter,
} from './agent-slot.ts';
import { answerWaiter, isRival, lineOf, slotsOf, takenOn } from './pool-line.ts';

/** A pool that knows nobody. */
export const EMPTY_POOL: PoolState = { hosts: {}, providers: {}, holders: [], queue: [] };

/** Who waits for a slot of both kinds is passed over this often; then one place is kept free for it. */
const MAX_PASSED = 5;
/** A waiter is told of its new place at most this often. */
const TELL_MS = 1_000;

/**
 * Takes a request in. A task runs one agent at a time: another request of it drops what it held before, in this life or an older
 * one; a reset task would wait for itself. `now` in ms since the epoch.
 */
export function takeSlotRequest(state: PoolState, request: PooledRequest, now: number): PoolChange {
  const { limits, ...asked } = request;
  const known = learn(state, asked, limits);
  const isOld = (entry: SlotRequest): boolean =>
    entry.workflowId === asked.workflowId && entry.requestId !== asked.requestId;
  const isSame = (entry: SlotRequest): boolean => entry.requestId === asked.requestId;
  // Who was told nothing is answered below, like everybody whose place moved.
  const untold = { ...asked, told: '', toldAt: 0 };
  const entry = { ...untold, passed: 0 };
  const queue = known.queue.map((waiter) => (isSame(waiter) ? { ...waiter, ...untold } : waiter));
  const isNew = ![...known.holders, ...queue].some(isSame);
  const gone = [...known.holders, ...queue].filter(isOld).map(({ requestId }) => requestId);
  const change = advancePool(
    {
      ...without(known, gone),
      queue: [...queue.filter((w) => !isOld(w)), ...(isNew ? [entry] : [])],
    },
    now,
  );
  if (change.answers.some(({ answer }) => answer.requestId === asked.requestId)) return change;
  const answer: SlotAnswer = { kind: 'granted', requestId: asked.requestId };
  return { ...change, answers: [...change.answers, { workflowId: asked.workflowId, answer }] };
}

/** Takes a slot back with what its run says of the provider, or withdraws a request; unknown ids change nothing. */
export function returnSlot(
  state: PoolState,
  { requestId, report }: { requestId: string; report: SlotReport },
  now: number,
): PoolChange {
  const holder = state.holders.find((entry) => entry.requestId === requestId);
  const provider = holder === undefined ? undefined : state.providers[holder.provider];
  if (holder === undefined || provider === undefined) {
    return advancePool(without(state, [requestId]), now);
  }
  const { breaker: settings } = provider;
  const about = { settings, now };
  const settled = settleBreaker(provider.state, settings, now);
  const breaker = takeReport(settled, { requestId, report }, about);
  const providers = { ...state.providers, [holder.provider]: { ...provider, state: breaker } };
  return advancePool(without({ ...state, providers }, [requestId]), now);
}

/** Drops requests whose tasks are dead; a provider on trial with one of them is tried with the next. */
export function dropSlots(
  state: PoolState,
  requestIds: readonly string[],
  now: number,
): PoolChange {
  return advancePool(without(state, requestIds), now);
}

/** Gives every free slot away and tells waiters whose place moved, each at most once a second. */
export function advancePool(state: PoolState, now: number): PoolChange {
  const granted = grantFree(settleProviders(state, now), now);
  const told = tellMoved(granted.state, now);
  return { state: told.state, answers: [...granted.answers, ...told.answers] };
}

/** When the pool changes by time alone, ms since the epoch; null = only when somebody speaks. */
export function poolWakeAt(state: PoolState, now: number): number | null {
  const wanted = new Set(state.queue.map(({ provider }) => provider));
  const times = [...wanted].map((name) => {
    const provider = state.providers[name];
    return provider === undefined ? null : breakerWakeAt(provider.state, provider.breaker, now);
  });
  const tellings = state.queue.map((waiter) =>
    isTold(state, waiter, now) ? null : waiter.toldAt + TELL_MS,
  );
  const known = [...times, ...tellings].filter((time) => time !== null);
  return known.length === 0 ? null : Math.min(...known);
}

function learn(
  state: PoolState,
  { host, hostSlots, provider }: SlotRequest,
  limits: ProviderLimits,
): PoolState {
  const known = state.hosts[host];
  const isNewer = known === undefined || hostSlots.saidAt >= known.saidAt;
  return {
    ...state,
    hosts: isNewer ? { ...state.hosts, [host]: hostSlots } : state.hosts,
    providers: {
      ...state.providers,
      [provider]: { ...limits, state: state.providers[provider]?.state ?? CLOSED },
    },
  };
}

function without(state: PoolState, requestIds: readonly string[]): PoolState {
  const stays = (entry: SlotRequest): boolean => !requestIds.includes(entry.requestId);
  const providers = Object.entries(state.providers).map(([name, provider]) => {
    const { probe } = provider.state;
    const isGone = probe !== null && requestIds.includes(probe.requestId);
    return [name, isGone ? { ...provider, state: { ...provider.state, probe: null } } : provider];
  });
  return {
    ...state,
    providers: Object.fromEntries(providers) as PoolState['providers'],
    holders: state.holders.filter(stays),
    queue: state.queue.filter(stays),
  };
}

function settleProviders(state: PoolState, now: number): PoolState {
  const providers = Object.entries(state.providers).map(([name, provider]) => [
    name,
    { ...provider, state: settleBreaker(provider.state, provider.breaker, now) },
  ]);
  return { ...state, providers: Object.fromEntries(providers) as PoolState['providers'] };
}

/** Goes down the line once. Whom a full host or provider stops is passed over, but not for ever. */
function grantFree(state: PoolState, now: number): PoolChange {
  let current = state;
  const answers: { workflowId: string; answer: SlotAnswer }[] = [];
  const stopped: SlotWaiter[] = [];
  let kept: SlotWaiter | null = null;
  for (const waiter of lineOf(state)) {
    if (!mayGrant(current.providers[waiter.provider]?.state ?? CLOSED, now)) continue;
    if (hasFree(current, waiter, kept)) {
      current = grant(passOver(current, stopped, waiter), waiter, now);
      const { workflowId, requestId } = waiter;
      answers.push({ workflowId, answer: { kind: 'granted', requestId } });
    } else {
      stopped.push(waiter);
      if (waiter.passed >= MAX_PASSED) kept ??= waiter;
    }
  }
  return { state: current, answers };
}

function hasFree(state: PoolState, waiter: SlotWaiter, kept: SlotWaiter | null): boolean {
  const slots = slotsOf(state, waiter);
  return (['host', 'provider'] as const).every((what) => {
    const reserved = kept?.[what] === waiter[what] ? 1 : 0;
    return takenOn(state, what, waiter[what]) + reserved < slots[what];
  });
}

function grant(state: PoolState, waiter: SlotWaiter, now: number): PoolState {
  const { requestId, provider: name } = waiter;
  const provider = state.providers[name];
  return {
    ...state,
    holders: [...state.holders, { ...requestOf(waiter), since: now }],
    queue: state.queue.filter((other) => other.requestId !== requestId),
    providers:
      provider === undefined
        ? state.providers
        : {
            ...state.providers,
            [name]: { ...provider, state: afterGrant(provider.state, requestId, now) },
          },
  };
}

function requestOf(waiter: SlotWaiter): SlotRequest {
  const { requestId, workflowId, life, host, hostSlots, provider, priority, rejoin } = waiter;
  return { requestId, workflowId, life, host, hostSlots, provider, priority, rejoin };
}

function passOver(state: PoolState, stopped: readonly SlotWaiter[], by: SlotWaiter): PoolState {
  const passed = new Set(stopped.filter((one) => isRival(one, by)).map((one) => one.requestId));
  const queue = state.queue.map((one) =>
    passed.has(one.requestId) ? { ...one, passed: one.passed + 1 } : one,
  );
  return { ...state, queue };
}

function tellMoved(state: PoolState, now: number): PoolChange {
  const answers: { workflowId: string; answer: SlotAnswer }[] = [];
  const queue = state.queue.map((waiter) => {
    if (isTold(state, waiter, now) || waiter.toldAt + TELL_MS > now) return waiter;
    const answer = answerWaiter(state, waiter, now);
    answers.push({ workflowId: waiter.workflowId, answer });
    return { ...waiter, told: saying(answer), toldAt: now };
  });
  return { state: { ...state, queue }, answers };
}

function isTold(state: PoolState, waiter: SlotWaiter, now: number): boolean {
  return waiter.told === saying(answerWaiter(state, waiter, now));
}

/** What makes an answer news: the place, what is waited for, and until when; not who holds what. */
function saying({ position, waitsFor, reason }: Extract<SlotAnswer, { kind: 'queued' }>): string {
  return `${position} ${waitsFor}${waitsFor === 'provider-limit' ? ` ${reason}` : ''}`;
}
