import { announce } from '../announce.ts';
import { loadRunnerConfig } from '../config.ts';
import { createLogger } from '../log.ts';
import { startRunner } from '../runner.ts';

/** Runs the runner until SIGTERM or SIGINT; runs go on. Says `{name, socket}` on stdout once it listens. Answers the exit code. */
export async function runner(): Promise<number> {
  const config = loadRunnerConfig(process.env);
  const log = createLogger('runner', config.logLevel);
  const { socket, stop } = await startRunner(config, log);
  announce({ name: 'runner', socket });
  await new Promise((resolve) => process.once('SIGTERM', resolve).once('SIGINT', resolve));
  await stop();
  return 0;
}
