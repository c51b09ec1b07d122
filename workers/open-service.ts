import type { Logger } from 'pino';
import type { CommonConfig } from './config.ts';
import { createLogger } from './log.ts';
import { openRegistry } from './registry.ts';
import type { LiveRegistry } from './registry.ts';

/** What every long-running process opens first: its log, where the configuration's warnings go, and the registry. */
export function openService(
  name: string,
  config: CommonConfig,
): { log: Logger; registry: LiveRegistry } {
  const log = createLogger(name, config.logLevel);
  for (const warning of config.warnings) log.warn({ warning }, 'configuration');
  const registry = openRegistry(config.projectsFile, config.profile, log);
  log.info({ profile: config.profile, projects: registry.all().length }, 'starting');
  return { log, registry };
}
