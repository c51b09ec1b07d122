import { mkdir } from 'node:fs/promises';
import { withFileLock } from '../../activities/file-lock.ts';
import { ConfigurationError } from '../env-reader.ts';

const WAIT_MS = 1000;

/** Runs `work` while nobody else can use the data folder. Throws ConfigurationError when somebody does. */
export async function holdFolder<T>(dataDir: string, work: () => Promise<T>): Promise<T> {
  await mkdir(dataDir, { recursive: true });
  const lock = { isHeld: false };
  try {
    return await withFileLock(`${dataDir}.lock`, AbortSignal.timeout(WAIT_MS), () => {
      lock.isHeld = true;
      return work();
    });
  } catch (error) {
    if (lock.isHeld) throw error;
    throw new ConfigurationError(`The data folder ${dataDir}`, [
      'is in use by another orch dev or orch demo: end that one first, or give another --data DIR',
    ]);
  }
}
