import { CLOSED, describeBreaker } from './breaker.ts';
import type {
  PoolState,
  Priority,
  SlotAnswer,
  SlotRequest,
  SlotWaiter,
  WaitsFor,
} from './agent-slot.ts';

/** The line: urgent first, then who was interrupted, then first come first served. Nothing is preempted. */
export function lineOf(state: PoolState): readonly SlotWaiter[] {
  const rank = ({ priority, rejoin }: SlotWaiter): number =>
    (priority === 'urgent' ? 0 : 2) + (rejoin ? 0 : 1);
  return state.queue.toSorted((a, b) => rank(a) - rank(b));
}

/** What a waiter is told: its number among those who want the same host or provider, and why it waits. */
export function answerWaiter(
  state: PoolState,
  waiter: SlotWaiter,
  now: number,
): Extract<SlotAnswer, { kind: 'queued' }> {
  const { requestId, host, provider } = waiter;
  const rivals = lineOf(state).filter((other) => isRival(other, waiter));
  const position = rivals.findIndex((other) => other.requestId === requestId) + 1;
  const breaker = state.providers[provider]?.state ?? CLOSED;
  const limited = describeBreaker(provider, breaker, now);
  const common = { kind: 'queued', requestId, position } as const;
  if (limited !== null) return { ...common, waitsFor: 'provider-limit', reason: limited };
  const full = [
    [`host ${host}`, slotsOf(state, waiter).host, takenOn(state, 'host', host)] as const,
    [
      `provider ${provider}`,
      slotsOf(state, waiter).provider,
      takenOn(state, 'provider', provider),
    ] as const,
  ].find(([, slots, taken]) => taken >= slots);
  const reason =
    full === undefined
      ? 'a place is kept for a task that waits longer'
      : `${full[0]} has ${full[2]} of ${full[1]} agent slots taken`;
  return { ...common, waitsFor: 'agent-slot', reason };
}

/** Slots taken on one host or of one provider. */
export function takenOn(state: PoolState, what: 'host' | 'provider', name: string): number {
  return state.holders.filter((holder) => holder[what] === name).length;
}

/** Whether two requests may take each other's place: same host or same provider. */
export function isRival(a: SlotRequest, b: SlotRequest): boolean {
  return a.host === b.host || a.provider === b.provider;
}

/** Slots there are on a request's host and of its provider; what nobody told is no limit. */
export function slotsOf(
  state: PoolState,
  { host, provider }: SlotRequest,
): { host: number; provider: number } {
  return {
    host: state.hosts[host]?.count ?? Number.POSITIVE_INFINITY,
    provider: state.providers[provider]?.slots ?? Number.POSITIVE_INFINITY,
  };
}

/** Answer of the query `poolView`. Times are ISO. */
export interface PoolView {
  hosts: readonly { host: string; slots: number; taken: number }[];
  /** `paused` = why no run of it is started now, null = runs are */
  providers: readonly {
    provider: string;
    slots: number | null;
    taken: number;
    failures: number;
    paused: string | null;
  }[];
  holders: readonly { workflowId: string; host: string; provider: string; since: string }[];
  queue: readonly {
    workflowId: string;
    host: string;
    provider: string;
    priority: Priority;
    position: number;
    waitsFor: WaitsFor;
    reason: string;
  }[];
}

/** What others may see of the pool. */
export function viewPool(state: PoolState, now: number): PoolView {
  return {
    hosts: Object.entries(state.hosts).map(([host, { count }]) => ({
      host,
      slots: count,
      taken: takenOn(state, 'host', host),
    })),
    providers: Object.entries(state.providers).map(([provider, { slots, state: breaker }]) => ({
      provider,
      slots,
      taken: takenOn(state, 'provider', provider),
      failures: breaker.failures,
      paused: describeBreaker(provider, breaker, now),
    })),
    holders: state.holders.map(({ workflowId, host, provider, since }) => ({
      workflowId,
      host,
      provider,
      since: new Date(since).toISOString(),
    })),
    queue: lineOf(state).map((waiter) => {
      const { position, waitsFor, reason } = answerWaiter(state, waiter, now);
      const { workflowId, host, provider, priority } = waiter;
      return { workflowId, host, provider, priority, position, waitsFor, reason };
    }),
  };
}
