import type { Breaker, BreakerSettings } from './breaker.ts';

/** An item's priority on the board. */
export type Priority = (typeof PRIORITIES)[number];
const PRIORITIES = ['urgent', 'high', 'medium', 'low', 'none'] as const;

/** The board's word as a priority; one we do not know is none. */
export function toPriority(text: string): Priority {
  return PRIORITIES.find((priority) => priority === text) ?? 'none';
}

/** Agent runs a host takes at once, and when it said so (ISO): of two answers the newer counts. */
export interface HostSlots {
  count: number;
  saidAt: string;
}

/** A task's request for one agent run. Repeating it is harmless: every request is answered, duplicates included. */
export interface SlotRequest {
  requestId: string;
  workflowId: string;
  life: string;
  host: string;
  hostSlots: HostSlots;
  /** whose limits the run uses */
  provider: string;
  priority: Priority;
  /** true = a run of it was interrupted: it goes on before those that never ran */
  rejoin: boolean;
}

/** What a provider may be given, from the configuration of the process that passes the request on. */
export interface ProviderLimits {
  /** null = as many as the hosts take */
  slots: number | null;
  breaker: BreakerSettings;
}

/** A request as it reaches the pool. */
export interface PooledRequest extends SlotRequest {
  limits: ProviderLimits;
}

/** The pool's answer to one request, sent as the signal `slotAnswered`. */
export type SlotAnswer =
  | { kind: 'granted'; requestId: string }
  | {
      kind: 'queued';
      requestId: string;
      position: number;
      waitsFor: WaitsFor;
      reason: string;
    };

/** What a waiter waits for: a free place, or a provider that is left alone. */
export type WaitsFor = 'agent-slot' | 'provider-limit';

/** Who has a slot. */
export interface SlotHolder extends SlotRequest {
  /** ms since the epoch */
  since: number;
}

/** Who waits for one. */
export interface SlotWaiter extends SlotRequest {
  /** grants given past it that it could have used a part of */
  passed: number;
  /** what it was told last, and when in ms since the epoch */
  told: string;
  toldAt: number;
}

/** The pool's state, carried across continue-as-new. Waiters are in the order they came. */
export interface PoolState {
  hosts: Readonly<Record<string, HostSlots>>;
  providers: Readonly<Record<string, ProviderLimits & { state: Breaker }>>;
  holders: readonly SlotHolder[];
  queue: readonly SlotWaiter[];
}

/** A change of the pool and whom it must answer. */
export interface PoolChange {
  state: PoolState;
  answers: readonly { workflowId: string; answer: SlotAnswer }[];
}
