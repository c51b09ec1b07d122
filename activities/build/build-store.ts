import { cp, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import type { Sha } from '../../workflows/domain/ids.ts';
import type { Build } from '../../workflows/domain/task-state.ts';
import { digestFolder } from './digest-folder.ts';

/*
 * builds/<hex>/{build.json,files/} is a build, builds/by-revision/<sha>.json tells which build was made from a commit.
 */

const StoredBuild = z.object({
  digest: z.string(),
  revision: z.string().transform((value) => value as Sha),
});

/** The build made from `revision` on this host, or null when there is none. */
export async function findBuildOf(dataDir: string, revision: Sha): Promise<Build | null> {
  return readBuild(join(dataDir, 'builds', 'by-revision', `${revision}.json`));
}

/** The file whose lock one holds to build `revision`; its folder exists. */
export async function lockOfBuild(dataDir: string, revision: Sha): Promise<string> {
  const index = join(dataDir, 'builds', 'by-revision');
  await mkdir(index, { recursive: true });
  return join(index, `${revision}.lock`);
}

/** A build of this host with the folder its files are in, or null when there is none. */
export async function findBuild(
  dataDir: string,
  digest: string,
): Promise<(Build & { files: string }) | null> {
  const dir = buildDir(dataDir, digest);
  const build = await readBuild(join(dir, 'build.json'));
  return build === null ? null : { ...build, files: join(dir, 'files') };
}

/**
 * Keeps what a build command left in `output` and answers with its digest. Only for the holder of its lock; safe to
 * repeat after a crash. Throws UnusableFolder.
 */
export async function keepBuild(dataDir: string, revision: Sha, output: string): Promise<Build> {
  const build = { digest: await digestFolder(output), revision };
  const index = join(dataDir, 'builds', 'by-revision');
  const half = join(index, `${revision}.tmp`);
  await mkdir(index, { recursive: true });
  await rm(half, { recursive: true, force: true });
  if ((await findBuild(dataDir, build.digest)) === null) {
    await mkdir(half);
    await cp(output, join(half, 'files'), { recursive: true, verbatimSymlinks: true });
    await writeFile(join(half, 'build.json'), JSON.stringify(build));
    await renameOnce(half, buildDir(dataDir, build.digest));
  }
  await writeFile(half, JSON.stringify(build));
  await rename(half, join(index, `${revision}.json`));
  return build;
}

/** Two commits may give the same files: whoever comes second finds the folder there. */
async function renameOnce(from: string, to: string): Promise<void> {
  try {
    await rename(from, to);
  } catch (error) {
    if (!['ENOTEMPTY', 'EEXIST'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
    await rm(from, { recursive: true });
  }
}

function buildDir(dataDir: string, digest: string): string {
  return join(dataDir, 'builds', digest.replace(/^sha256:/, ''));
}

async function readBuild(path: string): Promise<Build | null> {
  try {
    return StoredBuild.parse(JSON.parse(await readFile(path, 'utf8')));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}
