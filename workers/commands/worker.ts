import { Runtime } from '@temporalio/worker';
import type { Logger } from 'pino';
import { announce } from '../announce.ts';
import { loadAgentsConfig, loadFlowConfig } from '../config.ts';
import { openService } from '../open-service.ts';
import { openTemporalClient } from '../temporal-client.ts';
import { wireAgents, wireFlow } from '../wire.ts';
import { openProcessLedger } from '../wire-ledger.ts';
import { startAgentsWorker, startFlowWorker } from '../worker.ts';
import type { RunningWorkers } from '../worker.ts';

/** Runs worker flow until SIGTERM or SIGINT. Says `{name, queues}` on stdout once it polls. Answers the exit code. */
export async function workerFlow(): Promise<number> {
  const config = loadFlowConfig(process.env);
  const { log, registry } = openService('worker flow', config);
  const ledger = openProcessLedger(config, log);
  const client = openTemporalClient(config.temporal);
  const activities = wireFlow({ config, registry, ledger, log }, { client, chatFailed });
  const workers = await startFlowWorker(config, activities, log);
  const code = await serve('worker flow', workers, log);
  await Promise.all([client.connection.close(), ledger.close()]);
  return code;
}

/** Runs worker agents until SIGTERM or SIGINT. Says `{name, queues}` on stdout once it polls. Answers the exit code. */
export async function workerAgents(): Promise<number> {
  const config = loadAgentsConfig(process.env);
  const { log, registry } = openService('worker agents', config);
  const ledger = openProcessLedger(config, log);
  const duties = wireAgents({ config, registry, ledger, log });
  const workers = await startAgentsWorker(config, duties, log);
  const code = await serve('worker agents', workers, log);
  await ledger.close();
  return code;
}

async function serve(name: string, workers: RunningWorkers, log: Logger): Promise<number> {
  const { queues, done } = workers;
  log.info({ queues }, 'polling');
  announce({ name, queues });
  try {
    await done;
    return 0;
  } catch (error) {
    log.fatal({ err: error }, 'worker ended');
    return 1;
  }
}

/** Counted beside Core's own metrics, on the same port. */
function chatFailed(what: 'card' | 'notice'): void {
  Runtime.instance()
    .metricMeter.createCounter('orch_chat_failed', '1', 'Messages the chat did not take')
    .add(1, { what });
}
