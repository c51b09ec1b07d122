import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { execa } from 'execa';
import { describe, expect, it } from 'vitest';
import { git, commitTree, isGreen, makeWorkFolder, type WorkFolder } from './scripted-agent-run.ts';

const REVISION = '0123456789abcdef0123456789abcdef01234567';
const ROLES = ['analyst', 'architect', 'deployer', 'developer', 'reviewer', 'tester'];

const build = (at: WorkFolder, revision = REVISION) =>
  execa('bash', ['build.sh'], { cwd: at.tree, env: { REVISION: revision }, reject: false });

/** Every file of dist/ with its bytes, mode and time, as a package of it would carry them. */
async function packBuild(at: WorkFolder): Promise<string> {
  const tar = ['--sort=name', '--numeric-owner', '-cf', '-', 'dist'];
  const { stdout } = await execa('tar', tar, { cwd: at.tree, encoding: 'base64' });
  return stdout;
}

/** The built service, started from the root folder on a free port. */
async function startBuild(at: WorkFolder): Promise<AsyncDisposable & { url: string }> {
  const child = spawn(process.execPath, [join(at.tree, 'dist/server.js')], {
    cwd: '/',
    env: { ...process.env, PORT: '0', HOST: '' },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const closed = once(child, 'close');
  const lines = createInterface({ input: child.stdout });
  const [line] = (await once(lines, 'line')) as [string];
  return {
    url: line.slice(line.indexOf('http://')),
    async [Symbol.asyncDispose]() {
      child.kill('SIGTERM');
      await closed;
    },
  };
}

async function runSuite(at: WorkFolder, env: Record<string, string>) {
  const suite = await execa(process.execPath, [join(at.tree, 'staging/suite.js')], {
    env,
    reject: false,
  });
  const { checks } = JSON.parse(suite.stdout) as {
    checks: { name: string; kind: string; ok: boolean; detail?: string }[];
  };
  return { exitCode: suite.exitCode, checks, failed: checks.filter(({ ok }) => !ok) };
}

describe('the sample project', () => {
  it('is green: its CI command from any folder, its acceptance tests by folder', async () => {
    await using at = await makeWorkFolder();
    const ci = await execa('bash', [join(at.tree, '.ci/run')], { cwd: '/' });
    expect(ci.stdout).toMatch(/pass \d\d/);
    const byFolder = await execa(process.execPath, ['--test', 'tests/acceptance/'], {
      cwd: at.tree,
    });
    expect(byFolder.stdout).toMatch(/pass [1-9]/);
    expect(byFolder.stdout).toMatch(/fail 0/);
  });

  it('needs nothing installed', async () => {
    await using at = await makeWorkFolder();
    const manifest = JSON.parse(await readFile(join(at.tree, 'package.json'), 'utf8')) as object;
    expect(Object.keys(manifest).filter((key) => /dependencies/i.test(key))).toEqual([]);
  });

  it('a test folder without tests is red', async () => {
    await using at = await makeWorkFolder();
    const tests = join(at.tree, 'tests/unit');
    for (const file of await readdir(tests)) {
      if (file.endsWith('.test.js')) await execa('rm', [join(tests, file)]);
    }
    expect(await isGreen(at, 'unit')).toBe(false);
  });

  it('has a prompt for each role, and leaves no build in git', async () => {
    await using at = await makeWorkFolder();
    expect((await readdir(join(at.tree, '.openclaw/agents'))).sort()).toEqual(
      ROLES.map((role) => `${role}.md`),
    );
    await git(at, 'init', '-q');
    await commitTree(at, 'Import');
    await build(at);
    expect(await git(at, 'status', '--porcelain')).toBe('');
  });
});

describe('its build', () => {
  it('is the same bytes for the same tree and revision, and others for another', async () => {
    await using here = await makeWorkFolder();
    await using there = await makeWorkFolder();
    await Promise.all([build(here), build(there)]);
    const first = await packBuild(here);
    expect(await packBuild(there)).toBe(first);
    await build(there, 'another');
    expect(await packBuild(there)).not.toBe(first);
  });

  it('is refused without a revision', async () => {
    await using at = await makeWorkFolder();
    const { exitCode, stderr } = await build(at, '');
    expect(exitCode).not.toBe(0);
    expect(stderr).toMatch(/REVISION/);
  });

  it('runs from any folder, tells its revision and passes the staging suite', async () => {
    await using at = await makeWorkFolder();
    await build(at);
    await using service = await startBuild(at);
    const version = await fetch(`${service.url}/version`);
    expect(await version.json()).toEqual({ revision: REVISION });
    const suite = await runSuite(at, { BASE_URL: service.url, REVISION });
    expect(suite).toMatchObject({ exitCode: 0, failed: [] });
    expect(suite.checks.length).toBeGreaterThanOrEqual(5);
  });

  it('fails the suite as REAL when another revision runs', async () => {
    await using at = await makeWorkFolder();
    await build(at);
    await using service = await startBuild(at);
    const suite = await runSuite(at, { BASE_URL: service.url, REVISION: 'another' });
    expect(suite.exitCode).toBe(1);
    expect(suite.failed).toMatchObject([{ name: 'revision is the one built', kind: 'REAL' }]);
  });

  it('fails the suite as SANDBOX_INFRA when nothing answers', async () => {
    await using at = await makeWorkFolder();
    await build(at);
    const service = await startBuild(at);
    await service[Symbol.asyncDispose]();
    const suite = await runSuite(at, { BASE_URL: service.url });
    expect(suite.exitCode).toBe(1);
    expect(suite.failed).toMatchObject([{ kind: 'SANDBOX_INFRA' }]);
  });
});
