import { appendFile, chmod, readFile, stat } from 'node:fs/promises';
import { createServer } from 'node:http';
import { once } from 'node:events';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { stopTarget } from '../../activities/deploy/stop-target.ts';
import { readProcess } from '../../activities/runs/processes.ts';
import { parseDeployLog } from '../../workflows/domain/artifacts/deploy-log.ts';
import { DeployWorld, TARGET } from './deploy-world.ts';

const hexOf = (digest: string) => digest.slice('sha256:'.length);
const isAlive = async (pid: number) => (await readProcess(pid)) !== null;

describe('a deploy with the process driver', () => {
  it('serves the first build of a target', async () => {
    await using world = await DeployWorld.create();
    const build = await world.build();
    const verdict = await world.deploy(build);
    expect(verdict).toMatchObject({
      status: 'SUCCESS',
      runningDigest: build.digest,
      runningRevision: build.revision,
      mustFixRef: null,
    });
    expect(await world.revision()).toBe(build.revision);
    const log = world.documents.get(verdict.documentId);
    expect(log?.name).toBe('14-deploy-log.md');
    expect(parseDeployLog(log?.body ?? null)).toEqual({ kind: 'read', value: 'SUCCESS' });
  });

  it('gives the service nothing of the environment of the worker', async () => {
    await using world = await DeployWorld.create();
    vi.stubEnv('ORCH_RUN_ID', 'run-of-an-agent');
    await world.deploy(await world.build());
    vi.unstubAllEnvs();
    const names = Object.keys((await (await fetch(`${world.url}/environment`)).json()) as object);
    expect(names.sort()).toEqual(['HOME', 'HOST', 'PATH', 'PORT', 'REVISION']);
  });

  it('does not restart a build that already serves', async () => {
    await using world = await DeployWorld.create();
    const build = await world.build();
    await world.deploy(build);
    expect(await world.deploy(build)).toMatchObject({ status: 'SUCCESS' });
    expect(await world.starts()).toEqual([build.revision]);
  });

  it('replaces a build by the next and keeps the one before for a rollback', async () => {
    await using world = await DeployWorld.create();
    const [first, second, third] = [await world.build(), await world.build(), await world.build()];
    for (const build of [first, second, third]) await world.deploy(build);
    expect(await world.starts()).toEqual([first.revision, second.revision, third.revision]);
    expect(await world.state()).toMatchObject({ current: third, previous: second, change: null });
    await expect(stat(join(world.folder.releases, hexOf(second.digest)))).resolves.toBeDefined();
    await expect(stat(join(world.folder.releases, hexOf(first.digest)))).rejects.toThrow('ENOENT');
  });

  it('refuses a fence below the highest it has seen, and leaves the target alone', async () => {
    await using world = await DeployWorld.create();
    const [old, fresh] = [await world.build(), await world.build()];
    await world.deploy(fresh, { fence: 20 });
    const verdict = await world.deploy(old, { fence: 19 });
    expect(verdict).toMatchObject({ status: 'REFUSED', runningDigest: fresh.digest });
    expect(verdict.reason).toContain('19');
    expect(await world.revision()).toBe(fresh.revision);
  });

  it('refuses a release whose files were changed', async () => {
    await using world = await DeployWorld.create();
    const [first, second] = [await world.build(), await world.build()];
    await world.deploy(first);
    await world.deploy(second);
    const file = join(world.folder.releases, hexOf(first.digest), 'server.js');
    await chmod(file, 0o644);
    await appendFile(file, '// and mine');
    expect(await world.deploy(first)).toMatchObject({
      status: 'REFUSED',
      runningDigest: second.digest,
    });
  });

  it('refuses a digest that was not built from the revision', async () => {
    await using world = await DeployWorld.create();
    const [first, second] = [await world.build(), await world.build()];
    const mixed = { digest: first.digest, revision: second.revision };
    expect(await world.deploy(mixed)).toMatchObject({ status: 'REFUSED', runningDigest: null });
  });

  it('refuses to go back to an ancestor of what serves', async () => {
    await using world = await DeployWorld.create();
    const older = await world.build('good', await world.commit({ 'README.md': 'one' }));
    const newer = await world.build('good', await world.commit({ 'README.md': 'two' }));
    await world.deploy(newer);
    const verdict = await world.deploy(older);
    expect(verdict).toMatchObject({ status: 'REFUSED', runningDigest: newer.digest });
    expect(verdict.reason).toContain('ancestor');
  });

  it('throws to Temporal when this host has no such build', async () => {
    await using world = await DeployWorld.create();
    const { revision } = await world.build();
    const unknown = { digest: `sha256:${'0'.repeat(64)}`, revision };
    await expect(world.deploy(unknown)).rejects.toMatchObject({ name: 'ToolError' });
  });

  it('never touches a stranger on the port and says who is in the way', async () => {
    await using world = await DeployWorld.create();
    const stranger = createServer((_, response) => response.end('mine')).listen(
      world.port,
      '127.0.0.1',
    );
    await once(stranger, 'listening');
    const verdict = await world.deploy(await world.build());
    expect(verdict).toMatchObject({ status: 'FAILED', runningDigest: null, mustFixRef: null });
    expect(verdict.reason).toContain(`port ${world.port} is taken`);
    expect(await (await fetch(world.url)).text()).toBe('mine');
    expect(await world.starts()).toEqual([]);
    stranger.closeAllConnections();
    stranger.close();
  });
});

describe('a build that does not become healthy', () => {
  it('gives way to the one before, with its log for the developer', async () => {
    await using world = await DeployWorld.create();
    const [good, bad] = [await world.build(), await world.build('crashing')];
    await world.deploy(good);
    const verdict = await world.deploy(bad);
    expect(verdict).toMatchObject({
      status: 'ROLLED_BACK',
      runningDigest: good.digest,
      runningRevision: good.revision,
    });
    const mustFix = world.documents.get(verdict.mustFixRef?.documentId ?? '');
    expect(mustFix?.body).toContain('cannot read the price list');
    expect(await world.revision()).toBe(good.revision);
    expect(await world.state()).toMatchObject({ current: good, change: null });
  });

  it('a service that answers another revision, or none, is not healthy', async () => {
    await using world = await DeployWorld.create();
    const verdict = await world.deploy(await world.build('mute-about-revision'));
    expect(verdict.status).toBe('ROLLED_BACK');
    expect(verdict.reason).toContain('/version answers 404');
  });

  it('leaves a target stopped that served nothing before', async () => {
    await using world = await DeployWorld.create();
    const verdict = await world.deploy(await world.build('sick'));
    expect(verdict).toMatchObject({ status: 'ROLLED_BACK', runningDigest: null });
    expect(verdict.reason).toContain('/health answers 500');
    expect(await world.revision()).toBeNull();
    const good = await world.build();
    expect(await world.deploy(good)).toMatchObject({ status: 'SUCCESS' });
  });

  it('is FAILED when the one before cannot serve any more either', async () => {
    await using world = await DeployWorld.create();
    const good = await world.build();
    await world.deploy(good);
    const file = join(world.folder.releases, hexOf(good.digest), 'server.js');
    await chmod(file, 0o644);
    await appendFile(file, '// and mine');
    const verdict = await world.deploy(await world.build('sick'));
    expect(verdict).toMatchObject({ status: 'FAILED', runningDigest: null });
    expect(verdict.reason).toContain('does not hold');
  });

  it('is not tried again by a repeat of the run that rolled it back', async () => {
    await using world = await DeployWorld.create();
    await world.deploy(await world.build());
    const input = world.input(await world.build('crashing'));
    const verdict = await world.redeploy(input);
    const starts = await world.starts();
    expect(await world.redeploy(input)).toEqual(verdict);
    expect(await world.starts()).toEqual(starts);
  });
});

describe('a supervised service', () => {
  it('is started again after it died', async () => {
    await using world = await DeployWorld.create();
    const build = await world.build();
    await world.deploy(build);
    const { servicePid } = await world.record();
    process.kill(servicePid ?? 0, 'SIGKILL');
    await vi.waitUntil(async () => (await world.record()).restarts === 1);
    await vi.waitUntil(async () => (await world.revision()) === build.revision, 10_000);
    expect(await world.starts()).toEqual([build.revision, build.revision]);
  });

  it('is replaced under a new supervisor when its own was killed', async () => {
    await using world = await DeployWorld.create();
    const build = await world.build();
    await world.deploy(build);
    const before = await world.record();
    process.kill(before.pid, 'SIGKILL');
    await vi.waitUntil(async () => !(await isAlive(before.pid)));
    expect(await world.revision()).toBe(build.revision);
    expect(await world.deploy(build)).toMatchObject({ status: 'SUCCESS' });
    expect(await isAlive(before.servicePid ?? 0)).toBe(false);
    expect((await world.record()).pid).not.toBe(before.pid);
  });

  it('ends with everything it started when its target is stopped', async () => {
    await using world = await DeployWorld.create();
    await world.deploy(await world.build());
    const { pid, servicePid } = await world.record();
    await stopTarget(world.dataDir, TARGET);
    await vi.waitUntil(async () => !(await isAlive(pid)) && !(await isAlive(servicePid ?? 0)));
    expect(await world.revision()).toBeNull();
    await stopTarget(world.dataDir, TARGET);
  });

  it('a target that never existed is stopped already', async () => {
    await using world = await DeployWorld.create();
    await stopTarget(world.dataDir, 'elsewhere');
    await expect(readFile(join(world.dataDir, 'targets/elsewhere/lock'))).rejects.toThrow('ENOENT');
  });
});

describe('attempts at the same time', () => {
  it('of one run start the build once and agree', async () => {
    await using world = await DeployWorld.create();
    const build = await world.build();
    const input = world.input(build);
    const verdicts = await Promise.all([1, 2, 3].map(() => world.redeploy(input)));
    expect(verdicts.map(({ status }) => status)).toEqual(['SUCCESS', 'SUCCESS', 'SUCCESS']);
    expect(await world.starts()).toEqual([build.revision]);
  });

  it('of two builds leave the target with one of them, whole', async () => {
    await using world = await DeployWorld.create();
    const builds = [await world.build(), await world.build()];
    await Promise.all(builds.map((build) => world.deploy(build)));
    const { current, change } = await world.state();
    expect(change).toBeNull();
    expect(await world.revision()).toBe(current?.revision);
    expect((await world.record()).digest).toBe(current?.digest);
    expect(await world.starts()).toHaveLength(2);
  });
});
