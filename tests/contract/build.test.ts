import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { buildSealed } from '../../activities/build/build-sealed.ts';
import { digestFolder } from '../../activities/build/digest-folder.ts';
import type { BuildAnswer } from '../../workflows/domain/activities.ts';
import type { Sha } from '../../workflows/domain/ids.ts';
import { inActivity } from '../world/in-activity.ts';
import { DeployWorld } from './deploy-world.ts';

const SAMPLE = 'infra/sandbox/sample-project';

/** Builds `sha` in a run of its own, or in the run `iteration`. */
function build(
  world: DeployWorld,
  sha: Sha,
  { iteration, timeoutMs = 20_000 }: { iteration?: number; timeoutMs?: number } = {},
): Promise<BuildAnswer> {
  const { task, key } = world.input({ digest: '', revision: sha });
  const seal = { sha, tree: sha, codeTree: sha, codeIdentity: 'identity', baseSha: sha };
  const run = { ...key, iteration: iteration ?? key.iteration };
  return inActivity(() => buildSealed(world.ports, { task, key: run, seal, timeoutMs }));
}

/** Counts how often the build command ran, outside of any checkout. */
const counting = (world: DeployWorld) => `echo ran >> ${world.dataDir}/builds-made\n`;

const timesBuilt = async (world: DeployWorld) =>
  (await readFile(join(world.dataDir, 'builds-made'), 'utf8')).trim().split('\n').length;

describe('building the sealed commit', () => {
  it('keeps the result of the sample project under its digest, with the revision in it', async () => {
    await using world = await DeployWorld.create();
    const sha = await world.commitFolder(SAMPLE);
    const answer = await build(world, sha);
    if (answer.kind !== 'built') throw new Error('not built');
    const dir = join(world.dataDir, 'builds', answer.build.digest.slice('sha256:'.length));
    expect(answer.build.revision).toBe(sha);
    expect(await readFile(join(dir, 'files/version.json'), 'utf8')).toContain(sha);
    expect(JSON.parse(await readFile(join(dir, 'build.json'), 'utf8'))).toEqual(answer.build);
    expect(await digestFolder(join(dir, 'files'))).toBe(answer.build.digest);
  });

  it('of the same commit on another host gives the same digest', async () => {
    await using one = await DeployWorld.create();
    await using other = await DeployWorld.create();
    const files = { 'build.sh': 'mkdir dist && cp a b dist/ && chmod +x dist/b', a: 'A', b: 'B' };
    const [left, right] = [await one.commit(files), await other.commit(files)];
    const builds = [await build(one, left), await build(other, right)];
    expect(builds[0]).toMatchObject({ kind: 'built' });
    const digests = builds.map((answer) => answer.kind === 'built' && answer.build.digest);
    expect(digests[0]).toBe(digests[1]);
  });

  it('is made once, whoever asks again', async () => {
    await using world = await DeployWorld.create();
    const sha = await world.commit({
      'build.sh': `${counting(world)}mkdir dist; date +%N > dist/now`,
    });
    const first = await build(world, sha);
    expect(first.kind).toBe('built');
    expect(await build(world, sha)).toEqual(first);
    expect(await timesBuilt(world)).toBe(1);
  });

  it('is made once by attempts at the same time', async () => {
    await using world = await DeployWorld.create();
    const sha = await world.commit({
      'build.sh': `${counting(world)}mkdir dist; date +%N > dist/now`,
    });
    const [first, ...others] = await Promise.all([1, 2, 3].map(() => build(world, sha)));
    expect(others).toEqual([first, first]);
    expect(await timesBuilt(world)).toBe(1);
  });

  it('tells two commits apart even when their files are the same', async () => {
    await using world = await DeployWorld.create();
    const first = await world.commit({ 'build.sh': 'mkdir dist; echo same > dist/file' });
    const second = await world.commit({ 'README.md': 'another commit' });
    const answers = [await build(world, first), await build(world, second)];
    expect(answers).toMatchObject([
      { build: { revision: first } },
      { build: { revision: second } },
    ]);
  });

  it('gives the command the revision and nothing of the environment of the worker', async () => {
    await using world = await DeployWorld.create();
    const sha = await world.commit({
      'build.sh': 'mkdir dist; env > dist/env; touch $TMPDIR/mine',
    });
    const answer = await build(world, sha);
    if (answer.kind !== 'built') throw new Error('not built');
    const files = join(world.dataDir, 'builds', answer.build.digest.slice(7), 'files');
    const env = await readFile(join(files, 'env'), 'utf8');
    const names = env.split('\n').flatMap((line) => /^[A-Z_]+(?==)/.exec(line) ?? []);
    const ofTheShell = new Set(['PWD', 'OLDPWD', 'SHLVL', '_']);
    expect(names.filter((name) => !ofTheShell.has(name)).sort()).toEqual([
      'CI',
      'HOME',
      'LANG',
      'ORCH_RUN_ID',
      'PATH',
      'REVISION',
      'TMPDIR',
    ]);
    expect(env).toContain(`REVISION=${sha}`);
  });

  it('leaves no checkout behind', async () => {
    await using world = await DeployWorld.create();
    await build(world, await world.commit({ 'build.sh': 'mkdir dist; touch dist/file' }));
    const [run = ''] = await readdir(join(world.dataDir, 'runs'));
    await expect(stat(join(world.dataDir, 'runs', run, 'work'))).rejects.toThrow('ENOENT');
  });
});

describe('a build that cannot be used', () => {
  const failures = {
    'a command that fails': 'echo no such module >&2; exit 1',
    'a command that leaves no result': 'true',
    'a result that is a file': 'touch dist',
    'a link that leads out of the result': 'mkdir dist; ln -s ../../secret dist/link',
    'a result outside of the checkout': 'ln -s /etc dist',
    'a pipe in the result': 'mkdir dist; mkfifo dist/pipe',
  };

  it.each(Object.entries(failures))('%s is the work’s fault', async (_, script) => {
    await using world = await DeployWorld.create();
    const answer = await build(world, await world.commit({ 'build.sh': script }));
    if (answer.kind !== 'failed') throw new Error('built');
    const { documentId } = answer.mustFixRef;
    expect(world.documents.get(documentId)?.body).toContain('failed');
  });

  it('tells the developer what the command said', async () => {
    await using world = await DeployWorld.create();
    const sha = await world.commit({ 'build.sh': "echo 'cannot find ```module' >&2; exit 3" });
    const answer = await build(world, sha);
    const id = answer.kind === 'failed' ? answer.mustFixRef.documentId : '';
    expect(world.documents.get(id)?.body).toContain('ended with code 3');
    expect(world.documents.get(id)?.body).toContain('````\n');
    expect(world.documents.get(id)?.body).toContain('cannot find ```module');
  });

  it('is thrown to Temporal when the command ran out of time, and tried afresh', async () => {
    await using world = await DeployWorld.create();
    const sha = await world.commit({
      'build.sh': `test -e ${world.dataDir}/second && mkdir dist && exit; sleep 600`,
    });
    const run = { iteration: 7, timeoutMs: 300 };
    await expect(build(world, sha, run)).rejects.toMatchObject({ name: 'ToolError' });
    await world.writeFile('second', '');
    expect(await build(world, sha, { ...run, timeoutMs: 20_000 })).toMatchObject({ kind: 'built' });
  });

  it('is thrown to Temporal when the command was killed or this host has no such program', async () => {
    await using world = await DeployWorld.create();
    const sha = await world.commit({ 'build.sh': 'kill -9 $$' });
    await expect(build(world, sha)).rejects.toThrow('SIGKILL');
    world.commands.build = ['no-such-program'];
    await expect(build(world, sha)).rejects.toMatchObject({ name: 'MissingProgram' });
  });
});
