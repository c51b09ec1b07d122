import { Counter, Gauge, Histogram, Registry, collectDefaultMetrics } from 'prom-client';
import type { Translation } from './hint.ts';

/** How a delivery ended. */
export type DeliveryResult =
  | 'hinted'
  | 'no_task'
  | 'unknown_project'
  | 'echo'
  | 'irrelevant'
  | 'bad_signature'
  | 'too_large'
  | 'bad_request'
  | 'unavailable';

/** What the api counts. */
export interface ApiMetrics {
  registry: Registry;
  delivered(source: string, result: DeliveryResult): void;
  /** Seconds from the last byte of a delivery to its answer. */
  accepted(source: string, seconds: number): void;
  signalled(result: 'sent' | 'no task' | 'failed'): void;
}

/** Metrics of one api in a registry of their own; `isRegistryBroken` is asked at each scrape. */
export function createMetrics(isRegistryBroken: () => boolean): ApiMetrics {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry });
  const deliveries = new Counter({
    name: 'webhook_received_total',
    help: 'Webhook deliveries by source and how they ended',
    labelNames: ['source', 'result'],
    registers,
  });
  const acceptSeconds = new Histogram({
    name: 'webhook_accept_seconds',
    help: 'Time to answer a webhook delivery',
    labelNames: ['source'],
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2, 4],
    registers,
  });
  const signals = new Counter({
    name: 'orch_signals_total',
    help: 'Calls made to Temporal for hints, after coalescing',
    labelNames: ['result'],
    registers,
  });
  new Gauge({
    name: 'orch_project_registry_broken',
    help: '1 while projects.yaml cannot be used and the last good one is in force',
    registers,
    collect() {
      this.set(isRegistryBroken() ? 1 : 0);
    },
  });
  return {
    registry,
    delivered: (source, result) => {
      deliveries.inc({ source, result });
    },
    accepted: (source, seconds) => {
      acceptSeconds.observe({ source }, seconds);
    },
    signalled: (result) => {
      signals.inc({ result: result.replace(' ', '_') });
    },
  };
}

/** The metric's word for an ignored delivery. */
export function resultOf(translation: Translation & { kind: 'ignored' }): DeliveryResult {
  return translation.reason === 'unknown-project' ? 'unknown_project' : translation.reason;
}
