import { startApi } from '../api.ts';
import { loadApiConfig } from '../config.ts';
import { announce } from '../announce.ts';
import { openService } from '../open-service.ts';

/** Runs the api until SIGTERM or SIGINT. Says `{name, url}` on stdout once it listens. Answers the exit code. */
export async function api(): Promise<number> {
  const config = loadApiConfig(process.env);
  const { log, registry } = openService('api', config);
  const { url, stop } = await startApi(config, registry, log);
  announce({ name: 'api', url });
  await new Promise((resolve) => process.once('SIGTERM', resolve).once('SIGINT', resolve));
  await stop();
  return 0;
}
