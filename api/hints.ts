import { targetOf } from './hint.ts';
import type { Hint, TaskSignals } from './hint.ts';

type Answer = Awaited<ReturnType<TaskSignals['send']>>;

/** A signal not sent yet, and what everybody who waits for it shares. */
interface Batch {
  hint: Hint;
  answer: PromiseWithResolvers<Answer>;
}

/** How hints are sent: `pace` settles when a target may be signalled again, counted from the call. */
export interface HintsOptions {
  signals: TaskSignals;
  pace: () => Promise<void>;
}

/**
 * Coalesces hints: a target has one call in flight and at most one a pace; what arrives meanwhile shares the *next* call, never
 * the one in flight, which may have read the world before. A run accepts 10,000 signals and is deaf after that. Source:
 * architecture, level-triggered.
 */
export function createHints({ signals, pace }: HintsOptions): TaskSignals {
  const waiting = new Map<string, Batch | null>();

  async function serve(target: string): Promise<void> {
    for (let batch = waiting.get(target); batch; batch = waiting.get(target)) {
      waiting.set(target, null);
      const mayGoOn = pace();
      await signals.send(batch.hint).then(batch.answer.resolve, batch.answer.reject);
      await mayGoOn;
    }
    waiting.delete(target);
  }

  return {
    send(hint) {
      const target = targetOf(hint);
      const isServed = waiting.has(target);
      const batch = waiting.get(target) ?? { hint, answer: Promise.withResolvers<Answer>() };
      batch.hint = batch.hint.kind === 'start' ? batch.hint : hint;
      waiting.set(target, batch);
      if (!isServed) void serve(target);
      return batch.answer.promise;
    },
  };
}
