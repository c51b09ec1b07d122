import { chmod, cp, readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Build } from '../../workflows/domain/task-state.ts';
import { digestFolder } from '../build/digest-folder.ts';
import { findBuild, findBuildOf } from '../build/build-store.ts';
import { ToolError } from '../errors.ts';
import { digestHex, type TargetFolder } from './target-folder.ts';

/** A release directory that holds exactly the build, or why it does not. */
export type Release = { kind: 'ready'; dir: string } | { kind: 'tampered'; reason: string };

/**
 * The release directory of `build` on the target, copied from the host's builds when it is not there yet and checked
 * against the digest every time. Throws ToolError when the host has no such build. Source: ORCH-058.
 */
export async function prepareRelease(
  dataDir: string,
  folder: TargetFolder,
  build: Build,
): Promise<Release> {
  const dir = join(folder.releases, digestHex(build.digest));
  if (!(await isFolder(dir))) {
    const stored = await findBuild(dataDir, build.digest);
    if (stored === null) throw new ToolError(`this host has no build ${build.digest}`);
    const made = await findBuildOf(dataDir, build.revision);
    if (made?.digest !== build.digest) {
      return { kind: 'tampered', reason: `${build.digest} was not built from ${build.revision}` };
    }
    await copyRelease(stored.files, dir);
  }
  const found = await digestFolder(dir).catch((error: unknown) => String(error));
  if (found === build.digest) return { kind: 'ready', dir };
  return { kind: 'tampered', reason: `${dir} does not hold ${build.digest} (${found})` };
}

async function copyRelease(from: string, dir: string): Promise<void> {
  const half = `${dir}.tmp`;
  await rm(half, { recursive: true, force: true });
  await cp(from, half, { recursive: true, verbatimSymlinks: true });
  for (const entry of await readdir(half, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    await chmod(path, (await stat(path)).mode & 0o555);
  }
  await rename(half, dir);
}

/** Removes the releases of the target that are none of `builds`. */
export async function pruneReleases(folder: TargetFolder, builds: readonly Build[]): Promise<void> {
  const keep = new Set(builds.map((build) => digestHex(build.digest)));
  for (const name of await readdir(folder.releases)) {
    if (!keep.has(name)) await rm(join(folder.releases, name), { recursive: true, force: true });
  }
}

async function isFolder(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
}
