import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Sha } from '../../workflows/domain/ids.ts';
import { toSha } from '../../workflows/domain/ids.ts';
import { ToolError } from '../errors.ts';
import { readDate, signatureOf } from './commits.ts';
import type { Git } from './git.ts';
import type { Repository } from './repository.ts';

/** Outcome of a rebase; the same input gives the same head. */
export type Rebased = { kind: 'rebased'; head: Sha } | { kind: 'conflict'; text: string };

/** What to put where; `folder` is scratch space of ours and gone afterwards. */
export interface RebaseSpec {
  folder: string;
  baseSha: Sha;
  head: Sha;
  onto: Sha;
}

const LONGEST_CONFLICT = 20_000;

/** Rebases baseSha..head on `onto` in a scratch clone, with merge attributes of `onto`, not of the branch. */
export async function rebaseCommits(
  git: Git,
  repository: Repository,
  spec: RebaseSpec,
): Promise<Rebased> {
  const { folder, baseSha, head, onto } = spec;
  const gitDir = join(folder, '.git');
  await rm(folder, { recursive: true, force: true });
  try {
    await mkdir(folder, { recursive: true });
    await git(['init', '--quiet', '--template=', folder]);
    await writeFile(
      join(gitDir, 'objects/info/alternates'),
      `${join(repository.gitDir, 'objects')}\n`,
    );
    await mkdir(join(gitDir, 'info'), { recursive: true });
    const attributes = await repository.readFile(onto, '.gitattributes');
    await writeFile(join(gitDir, 'info/attributes'), attributes ?? '');
    const here = { gitDir, workTree: folder };
    await git(['update-ref', '--no-deref', 'HEAD', head], here);
    await git(['reset', '--quiet', '--hard', head], here);
    const signature = signatureOf('stream', await readDate(repository, head));
    const flags = ['--quiet', '--committer-date-is-author-date', '--no-autostash', '--empty=drop'];
    const args = ['rebase', ...flags, '--onto', onto, baseSha];
    const rebased = await git(args, { ...here, signature, answers: [1] });
    if (rebased.code !== 0) return await describeConflict(git, here, rebased.stderr);
    const result = toSha((await git(['rev-parse', 'HEAD'], here)).stdout.trim());
    await repository.run([
      'fetch',
      '--quiet',
      '--no-tags',
      '--no-write-fetch-head',
      folder,
      'HEAD',
    ]);
    return { kind: 'rebased', head: result };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function describeConflict(
  git: Git,
  here: { gitDir: string; workTree: string },
  stderr: string,
): Promise<Rebased> {
  const names = await git(['diff', '--name-only', '--diff-filter=U'], here);
  const files = names.stdout.split('\n').filter((name) => name !== '');
  if (files.length === 0) throw new ToolError(`rebase failed: ${stderr.trim().slice(-500)}`);
  const diff = (await git(['diff', '--no-color', '--no-ext-diff'], here)).stdout;
  const list = files.map((file) => `- ${file}`).join('\n');
  const text = `The work conflicts with main in:\n\n${list}\n\n${diff.slice(0, LONGEST_CONFLICT)}`;
  return { kind: 'conflict', text };
}
