import type { RolePolicy } from '../../workflows/domain/policy.ts';
import type { AgentAdapter } from '../clients/agent-adapter.ts';
import { WATCHDOGS } from '../clients/judge-exit.ts';
import type { Meter } from './meter.ts';

/** What ends a run before its time is up. */
export interface RunWatch {
  /** each line of the continuation, from its first */
  onLine: (line: string) => void;
  /** asked with ms since the last output; a text = end the run because of it */
  watch: (quietMs: number) => string | null;
}

/**
 * Watches a run by what it prints alone, so that a worker that takes over knows what the dead one knew: hung, still there after
 * its result, and, of an agent that does not look after them itself, out of money or turns.
 */
export function watchRun(adapter: AgentAdapter, policy: RolePolicy, meter: Meter): RunWatch {
  let finalSeenAt: number | null = null;
  let steps = 0;
  const onLine = (line: string) => {
    for (const event of adapter.parseLine(line)) {
      meter.add(event);
      if (event.kind === 'started') finalSeenAt = null;
      if (event.kind === 'final') finalSeenAt = Date.now();
      if (event.kind === 'stepped') steps += 1;
    }
  };
  const watch = (quietMs: number): string | null => {
    if (finalSeenAt !== null) {
      const stayedMs = Math.max(quietMs, Date.now() - finalSeenAt);
      return stayedMs < policy.afterResultMs
        ? null
        : `${WATCHDOGS.lingered} for ${inWords(stayedMs)}`;
    }
    if (quietMs >= policy.idleMs)
      return `${WATCHDOGS.hung}: nothing printed for ${inWords(quietMs)}`;
    return spent(policy, adapter, { meter, steps });
  };
  return { onLine, watch };
}

function spent(
  { maxTurns, maxBudgetUsd }: RolePolicy,
  { capabilities }: AgentAdapter,
  { meter, steps }: { meter: Meter; steps: number },
): string | null {
  if (!capabilities.maxTurns && maxTurns !== null && steps > maxTurns) {
    return `${WATCHDOGS.turns}: ${steps} of ${maxTurns}`;
  }
  if (capabilities.budget || maxBudgetUsd === null) return null;
  const costUsd = meter.total()?.costUsd ?? 0;
  return costUsd > maxBudgetUsd
    ? `${WATCHDOGS.money}: $${costUsd.toFixed(2)} of $${maxBudgetUsd.toFixed(2)}`
    : null;
}

const inWords = (ms: number): string => `${Math.round(ms / 1000)} s`;
