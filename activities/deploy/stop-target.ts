import { stat } from 'node:fs/promises';
import { withFileLock } from '../file-lock.ts';
import { stopService } from './supervised-service.ts';
import { targetFolder } from './target-folder.ts';

const LOCK_MS = 15_000;

/** Stops what a target runs, keeping its state and releases; nothing to do for a target that was never used. Throws when the service does not end. */
export async function stopTarget(dataDir: string, target: string): Promise<void> {
  const folder = targetFolder(dataDir, target);
  const used = await stat(folder.dir).then(
    () => true,
    () => false,
  );
  if (!used) return;
  await withFileLock(folder.lock, AbortSignal.timeout(LOCK_MS), () => stopService(folder));
}
