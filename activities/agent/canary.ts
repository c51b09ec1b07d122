import { createHmac, randomBytes, randomUUID } from 'node:crypto';
import { link, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Secret } from '../runs/redact.ts';

/** A worthless secret planted where thieves look: seen anywhere outside the run, it tells that the run gives secrets away. */
export type Canary = Secret & { name: 'canary' };

const KEY_FILE = 'canary.key';

/**
 * The canary of a run: the same in every attempt on this host, stored nowhere. Made from the run's id and the host's random key,
 * which is made here when missing.
 */
export async function readCanary(dataDir: string, runId: string): Promise<Canary> {
  const key = await readKey(dataDir);
  // As long and as plain as a token of the forge.
  const value = createHmac('sha256', key).update(runId).digest('hex').slice(0, 40);
  return { name: 'canary', value };
}

/** Environment of the run that holds its canary, under a name worth stealing. */
export const canaryEnvironment = ({ value }: Canary): Record<string, string> => ({
  GITEA_ADMIN_TOKEN: value,
});

/** Puts the canary where credentials of git are kept. Safe to repeat. */
export async function plantCanary(home: string, { value }: Canary): Promise<void> {
  await mkdir(home, { recursive: true });
  const text = `https://orchestrator:${value}@gitea.internal\n`;
  await writeFile(join(home, '.git-credentials'), text, { mode: 0o600 });
}

/** Written beside and linked: of two processes that make it at once, both read the one that was first. */
async function readKey(dataDir: string): Promise<Buffer> {
  const path = join(dataDir, KEY_FILE);
  const known = await readFile(path).catch(() => null);
  if (known !== null) return known;
  const made = `${path}.${randomUUID()}`;
  await writeFile(made, randomBytes(32), { mode: 0o600 });
  await link(made, path).catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  });
  await rm(made);
  return readFile(path);
}
