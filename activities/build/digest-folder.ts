import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { lstat, readdir, readlink } from 'node:fs/promises';
import { dirname, join, resolve, sep } from 'node:path';
import { pipeline } from 'node:stream/promises';

/** A folder that cannot be a build: it holds a link out of itself, or something that is neither file, folder nor link. */
export class UnusableFolder extends Error {
  override name = 'UnusableFolder';
}

/**
 * `sha256:<hex>` over the sorted list of a folder's files: path, whether it is executable, content. Links count by where
 * they lead. Throws UnusableFolder.
 */
export async function digestFolder(folder: string): Promise<string> {
  const root = resolve(folder);
  const lines: string[] = [];
  const entries = await readdir(root, { recursive: true, withFileTypes: true });
  for (const entry of entries) {
    const path = join(entry.parentPath, entry.name);
    if (entry.isDirectory()) continue;
    const name = path.slice(root.length + 1);
    lines.push(`${JSON.stringify(name)} ${await describeFile(root, path)}\n`);
  }
  lines.sort((left, right) => (left < right ? -1 : 1));
  return `sha256:${createHash('sha256').update(lines.join('')).digest('hex')}`;
}

async function describeFile(root: string, path: string): Promise<string> {
  const status = await lstat(path);
  if (status.isSymbolicLink()) {
    const target = await readlink(path);
    if (!`${resolve(dirname(path), target)}${sep}`.startsWith(`${root}${sep}`)) {
      throw new UnusableFolder(`${path} leads out of its folder`);
    }
    return `link ${JSON.stringify(target)}`;
  }
  if (!status.isFile()) throw new UnusableFolder(`${path} is neither a file nor a folder`);
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  return `${(status.mode & 0o100) === 0 ? '-' : 'x'} ${hash.digest('hex')}`;
}
