import { open } from 'node:fs/promises';
import { basename, dirname } from 'node:path';

/** What the kernel takes as the path of a unix socket, bytes. */
const LONGEST = 107;

/** Calls `work` with a path to the unix socket at `path` that the kernel takes, however long `path` is. Throws when its folder is missing. */
export async function reachSocket<T>(
  path: string,
  work: (reachable: string) => Promise<T>,
): Promise<T> {
  if (Buffer.byteLength(path) <= LONGEST) return work(path);
  const folder = await open(dirname(path));
  try {
    return await work(`/proc/self/fd/${folder.fd}/${basename(path)}`);
  } finally {
    await folder.close();
  }
}
