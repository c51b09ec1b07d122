import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';

/**
 * Overrides what the attributes of a tree say: no program filters a file, and no encoding keeps git from reading one. `!` and
 * not `-`: git dies of an encoding that is switched off.
 */
const OWN_ATTRIBUTES = '* !filter !ident !working-tree-encoding\n';

/** Puts our attributes above all others of the repository at `gitDir`. Safe to repeat and to race. */
export async function writeOwnAttributes(gitDir: string): Promise<void> {
  const path = join(gitDir, 'info/attributes');
  if ((await readFile(path, 'utf8').catch(() => null)) === OWN_ATTRIBUTES) return;
  await mkdir(join(gitDir, 'info'), { recursive: true });
  const made = `${path}.${randomUUID()}`;
  await writeFile(made, OWN_ATTRIBUTES);
  await rename(made, path);
}
