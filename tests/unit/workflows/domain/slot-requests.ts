import type { PooledRequest } from '../../../../workflows/domain/agent-slot.ts';

/** The time the made-up pools live at, ms since the epoch. */
export const NOW = Date.UTC(2026, 10, 21, 9);
const MINUTE = 60_000;

/** Breaker settings of the made-up providers. */
export const BREAKER = {
  failures: 3,
  backOffMs: MINUTE,
  maxBackOffMs: 4 * MINUTE,
  unknownLimitMs: 5 * MINUTE,
  maxUnknownLimitMs: 60 * MINUTE,
  trialMs: 10 * MINUTE,
};

/** A request of task `name` on host h with two slots, of a provider without a limit of its own. */
export function slotRequest(name: string, patch: Partial<PooledRequest> = {}): PooledRequest {
  const life = patch.life ?? `${name}.1`;
  return {
    requestId: `${life}:agent:1`,
    workflowId: `task:${name}`,
    life,
    host: 'h',
    hostSlots: { count: 2, saidAt: '2026-11-21T08:00:00.000Z' },
    provider: 'anthropic',
    priority: 'none',
    rejoin: false,
    limits: { slots: null, breaker: BREAKER },
    ...patch,
  };
}
