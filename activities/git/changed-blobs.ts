import type { Sha } from '../../workflows/domain/ids.ts';
import type { Repository } from './repository.ts';

/** A path that differs between two trees, with the blob it has in each; null = none there. */
export interface ChangedBlob {
  path: string;
  before: string | null;
  after: string | null;
}

/** Every path that `to` has otherwise than `from`; a link is a blob of its target, a submodule none. */
export async function listChangedBlobs(
  repository: Repository,
  from: Sha,
  to: Sha,
): Promise<ChangedBlob[]> {
  const { stdout } = await repository.run([
    'diff-tree',
    '-r',
    '-z',
    '--raw',
    '--no-renames',
    from,
    to,
  ]);
  const fields = stdout.split('\0');
  return fields.flatMap((field, index) => {
    if (index % 2 === 1 || field === '') return [];
    const [oldMode = '', newMode = '', before = '', after = ''] = field.slice(1).split(' ');
    const path = fields[index + 1] ?? '';
    return [{ path, before: blobOf(oldMode, before), after: blobOf(newMode, after) }];
  });
}

const NO_BLOB = ['000000', '160000'];

const blobOf = (mode: string, id: string) => (NO_BLOB.includes(mode) ? null : id);

/** Gives the bytes of blobs, one after the other, each after a line that names it, to `take` in pieces. */
export async function readBlobs(
  repository: Repository,
  blobs: readonly string[],
  take: (bytes: Buffer) => void,
): Promise<void> {
  const input = blobs.map((blob) => `${blob}\n`).join('');
  await repository.run(['cat-file', '--batch'], { input, onBytes: take });
}
