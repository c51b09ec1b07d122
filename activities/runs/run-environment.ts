import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';

const foldersOf = (directory: string) => ({
  home: join(directory, 'home'),
  temporary: join(directory, 'tmp'),
});

/** The whole environment of a supervised command: nothing of the worker's own is in it. Home and temporary files are the run's. */
export function runEnvironment(directory: string, path: string): Record<string, string> {
  const { home, temporary } = foldersOf(directory);
  return { PATH: path, HOME: home, TMPDIR: temporary, LANG: 'C.UTF-8', CI: 'true' };
}

/** The folders of `runEnvironment`: a run may write them. */
export const runFolders = (directory: string): string[] => Object.values(foldersOf(directory));

/** Makes the folders of `runEnvironment` anew, empty. */
export async function makeRunFolders(directory: string): Promise<void> {
  await removeRunFolders(directory);
  for (const folder of runFolders(directory)) await mkdir(folder, { recursive: true });
}

const OPENING_MS = 60_000;

/** Removes the folders of `runEnvironment`, whatever the run kept from being removed. Safe to repeat; nothing of it may live. */
export async function removeRunFolders(directory: string): Promise<void> {
  for (const folder of runFolders(directory)) {
    const remove = () => rm(folder, { recursive: true, force: true, maxRetries: 3 });
    await remove().catch(async () => {
      // Folders that were closed to their owner; links are not followed.
      const quiet = { reject: false, timeout: OPENING_MS, stdio: 'ignore' } as const;
      await execa('chmod', ['-R', 'u+rwX', '--', folder], quiet);
      await remove();
    });
  }
}
