import { accessSync, constants, existsSync } from 'node:fs';
import { readdir, stat, statfs } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { ok, problem, warning } from './finding.ts';
import type { Check, Finding } from './finding.ts';

const GIB = 1024 ** 3;
const ALERT_SHARE = 0.85;
const LEAST_FREE_BYTES = GIB;

/** Folders below the data directory whose entries are looked at too: one foreign file in them blocks a task. */
const SHELVES = ['repos', 'clones', 'runs', 'builds', 'targets'];

/** Space, access and ownership of what we keep on disk. */
export function dataChecks(dataDir: string): readonly Check[] {
  const fix = 'set ORCH_DATA_DIR to a folder this user may write';
  const places = [...new Set([dataDir, tmpdir()])];
  return [
    { name: 'data directory', fix, look: () => checkFolder(dataDir) },
    ...places.map((place) => ({
      name: `disk of ${place}`,
      fix: 'free some space',
      look: async () => [await checkDisk(place)],
    })),
  ];
}

async function checkDisk(place: string): Promise<Finding> {
  const check = `disk of ${place}`;
  const { bsize, blocks, bfree, bavail } = await statfs(nearestFolder(place));
  const freeBytes = bavail * bsize;
  const usedShare = blocks === 0 ? 0 : (blocks - bfree) / (blocks - bfree + bavail);
  const text = `${(freeBytes / GIB).toFixed(1)} GiB free, ${(usedShare * 100).toFixed(0)} % used`;
  if (freeBytes < LEAST_FREE_BYTES) return problem(check, text, 'free some space: runs will fail');
  return usedShare < ALERT_SHARE
    ? ok(check, text)
    : warning(check, text, 'free some space before it is full: old builds/ and runs/ go first');
}

function nearestFolder(place: string): string {
  let folder = place;
  while (!existsSync(folder) && folder !== dirname(folder)) folder = dirname(folder);
  return folder;
}

async function checkFolder(dataDir: string): Promise<readonly Finding[]> {
  const check = 'data directory';
  const nearest = nearestFolder(dataDir);
  if (!isWritable(nearest)) {
    const fix = `let this user write it: chown -R ${own()} ${nearest}`;
    return [problem(check, `${nearest} cannot be written`, fix)];
  }
  if (nearest !== dataDir) return [ok(check, `${dataDir} is not there yet and can be made`)];
  const foreign = await findForeign(dataDir);
  if (foreign.length === 0) return [ok(check, `${dataDir}, all of it ours`)];
  const more = foreign.length > 1 ? ` and ${foreign.length - 1} more` : '';
  const fix = `chown -R ${own()} ${dataDir}`;
  return [problem(check, `somebody else owns ${foreign[0] ?? ''}${more}`, fix)];
}

function isWritable(folder: string): boolean {
  try {
    accessSync(folder, constants.W_OK | constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** Paths another user owns, two levels deep where tasks work. Source: ORCH-057. */
async function findForeign(dataDir: string): Promise<readonly string[]> {
  const uid = process.geteuid?.() ?? 0;
  const folders = [dataDir, ...SHELVES.map((name) => join(dataDir, name))];
  const entries = await Promise.all(
    folders.map(async (folder) =>
      (await readdir(folder).catch((): string[] => [])).map((name) => join(folder, name)),
    ),
  );
  const owners = await Promise.all(
    [dataDir, ...entries.flat()].map(async (path) => ({
      path,
      uid: (await stat(path).catch(() => null))?.uid ?? uid,
    })),
  );
  return owners.filter((entry) => entry.uid !== uid).map(({ path }) => path);
}

const own = (): string => `${process.geteuid?.() ?? 0}:${process.getegid?.() ?? 0}`;
