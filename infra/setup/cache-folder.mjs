import { homedir } from 'node:os';
import { join } from 'node:path';

/** The per-user folder for what is fetched once per machine: ORCH_CACHE_DIR, else below the XDG cache. */
export function cacheFolder(env) {
  if (env.ORCH_CACHE_DIR) return env.ORCH_CACHE_DIR;
  return join(env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'orchestrator');
}
