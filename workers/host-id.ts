import { randomBytes } from 'node:crypto';
import { existsSync, linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const fileIn = (dataDir: string): string => join(dataDir, 'host-id');

/** The id of this host: made once, kept in the data directory. Never the host name, which containers change. */
export function readHostId(dataDir: string): string {
  const path = fileIn(dataDir);
  mkdirSync(dataDir, { recursive: true });
  const draft = `${path}.${process.pid}`;
  writeFileSync(draft, `h${randomBytes(4).toString('hex')}\n`);
  try {
    // A link, not a rename: of two processes that make it at once the first one's id stays.
    linkSync(draft, path);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
  } finally {
    rmSync(draft);
  }
  return readFileSync(path, 'utf8').trim();
}

/** The id of this host, or null when the data directory has none yet. */
export function peekHostId(dataDir: string): string | null {
  const path = fileIn(dataDir);
  return existsSync(path) ? readFileSync(path, 'utf8').trim() : null;
}
