import { createServer } from 'node:http';
import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import { runSuite } from '../../activities/deploy/run-suite.ts';
import { stopTarget } from '../../activities/deploy/stop-target.ts';
import type { DeployInput } from '../../workflows/domain/activities.ts';
import { parseStagingLog } from '../../workflows/domain/artifacts/staging-log.ts';
import { inActivity } from '../world/in-activity.ts';
import { DeployWorld, TARGET } from './deploy-world.ts';

const check = (name: string, ok: boolean, kind: string = 'REAL') => ({ name, kind, ok });
const printing = (checks: unknown[], exitCode = 0) =>
  `console.log('some noise');
   console.log(${JSON.stringify(JSON.stringify({ checks }))});
   process.exitCode = ${exitCode};`;

/** A world whose target runs a build made from a commit with this suite. */
async function staged(suite: string) {
  const world = await DeployWorld.create();
  const build = await world.build('good', await world.commit({ 'suite.js': suite }));
  await world.deploy(build);
  return { world, build, [Symbol.asyncDispose]: () => world[Symbol.asyncDispose]() };
}

const run = (world: DeployWorld, input: DeployInput, timeoutMs = 20_000) =>
  inActivity(() => runSuite(world.ports, { ...input, timeoutMs }));

describe('the staging suite', () => {
  it('passes with the digest that was running, and writes its log', async () => {
    await using at = await staged(printing([check('pays', true), check('ships', true)]));
    const verdict = await run(at.world, at.world.input(at.build));
    expect(verdict).toMatchObject({
      status: 'PASS',
      passed: 2,
      failed: 0,
      digest: at.build.digest,
    });
    const log = at.world.documents.get(verdict.documentId);
    expect(log?.name).toBe('15-staging-log.md');
    expect(parseStagingLog(log?.body ?? null)).toEqual({ kind: 'read', value: 'PASS' });
  });

  it('is told where the instance is, and reaches it', async () => {
    await using at = await staged(
      `const { revision } = await (await fetch(process.env.BASE_URL + '/version')).json();
       const checks = [{ name: revision, kind: 'REAL', ok: revision === process.env.REVISION }];
       console.log(JSON.stringify({ checks }));`,
    );
    expect(await run(at.world, at.world.input(at.build))).toMatchObject({ status: 'PASS' });
  });

  it('fails on one failing check of the code, with what to mend', async () => {
    const failing = { ...check('ships', false), detail: 'no label printed' };
    await using at = await staged(printing([check('pays', true), failing], 1));
    const verdict = await run(at.world, at.world.input(at.build));
    expect(verdict).toMatchObject({ status: 'FAIL', passed: 1, failed: 1 });
    const mustFix = at.world.documents.get(verdict.mustFixRef?.documentId ?? '');
    expect(mustFix?.body).toContain('ships: no label printed');
  });

  it('ORCH-061: a failing check of an unknown kind is the code’s', async () => {
    await using at = await staged(printing([check('pays', true), check('x', false, 'FLAKY')], 1));
    expect(await run(at.world, at.world.input(at.build))).toMatchObject({ status: 'FAIL' });
  });

  it('ORCH-061: waives a failing check of the environment and lists it', async () => {
    const waived = check('mail server', false, 'SANDBOX_INFRA');
    await using at = await staged(printing([check('pays', true), waived], 1));
    const verdict = await run(at.world, at.world.input(at.build));
    expect(verdict).toMatchObject({ status: 'PASS', passed: 1, waived: ['mail server'] });
  });

  it('is N/A without a suite', async () => {
    await using world = await DeployWorld.create();
    world.commands.suite = null;
    const verdict = await run(world, world.input(await world.build()));
    expect(verdict).toMatchObject({ status: 'PASS', passed: 0, mustFixRef: null });
    expect(verdict.reason).toContain('N/A');
  });

  const defects = {
    'prints no checks': 'console.log("all good")',
    'breaks before it prints': 'throw new Error("no token")',
    'is killed': 'process.kill(process.pid, "SIGKILL")',
    'has no checks': printing([]),
    'could not run any check of the code': printing(
      [check('reachable', false, 'SANDBOX_INFRA')],
      1,
    ),
    'passes every check and then ends in error': printing([check('pays', true)], 1),
  };
  it.each(Object.entries(defects))('ORCH-115: holds when it %s', async (_, suite) => {
    await using at = await staged(suite);
    const verdict = await run(at.world, at.world.input(at.build));
    expect(verdict).toMatchObject({ status: 'HOLD', mustFixRef: null, failed: 0 });
    expect(at.world.documents.get(verdict.documentId)?.body).toContain('staging_status: HOLD');
  });

  it('holds when it runs out of time', async () => {
    await using at = await staged('setInterval(() => undefined, 1000)');
    const verdict = await run(at.world, at.world.input(at.build), 300);
    expect(verdict).toMatchObject({
      status: 'HOLD',
      reason: 'transient: the suite ran out of time',
    });
  });

  it('holds when this host lacks its program', async () => {
    await using at = await staged(printing([check('pays', true)]));
    at.world.commands.suite = ['no-such-program'];
    const verdict = await run(at.world, at.world.input(at.build));
    expect(verdict).toMatchObject({ status: 'HOLD' });
    expect(verdict.reason).toContain('permanent');
  });

  it('ORCH-058: holds when the target runs another build, or nothing', async () => {
    await using at = await staged(printing([check('pays', true)]));
    const other = await at.world.build();
    expect(await run(at.world, at.world.input(other))).toMatchObject({
      status: 'HOLD',
      digest: at.build.digest,
    });
    await stopTarget(at.world.dataDir, TARGET);
    expect(await run(at.world, at.world.input(at.build))).toMatchObject({
      status: 'HOLD',
      digest: null,
    });
  });

  it('ORCH-058: holds when the address answers another revision', async () => {
    await using at = await staged(printing([check('pays', true)]));
    const stranger = createServer((_, response) => response.end('{"revision":"mine"}'));
    stranger.listen(0, '127.0.0.1');
    await once(stranger, 'listening');
    const { port } = stranger.address() as { port: number };
    const input = at.world.input(at.build, { url: `http://127.0.0.1:${port}` });
    const verdict = await run(at.world, input);
    stranger.close();
    expect(verdict.status).toBe('HOLD');
    expect(verdict.reason).toContain('runs mine');
  });

  it('holds when the build was replaced while it ran', async () => {
    await using at = await staged(printing([check('pays', true)]));
    const { world } = at;
    const next = await world.build('good');
    await world.commit({});
    const target = world.folder.serviceRecord;
    const sha = await world.commit({
      'suite.js': `const { writeFileSync, readFileSync } = await import('node:fs');
        const record = JSON.parse(readFileSync(${JSON.stringify(target)}, 'utf8'));
        writeFileSync(${JSON.stringify(target)}, JSON.stringify({ ...record, digest: '${next.digest}' }));
        ${printing([check('pays', true)])}`,
    });
    const build = await world.build('good', sha);
    await world.deploy(build);
    const verdict = await run(world, world.input(build));
    expect(verdict).toMatchObject({ status: 'HOLD', digest: next.digest });
    expect(verdict.reason).toContain('after the suite');
  });

  it('is not run a second time by a repeat of its run', async () => {
    await using world = await DeployWorld.create();
    const sha = await world.commit({
      'suite.js': `(await import('node:fs')).appendFileSync('${world.dataDir}/suites', 'x');
        ${printing([check('pays', true)])}`,
    });
    const build = await world.build('good', sha);
    await world.deploy(build);
    const input = world.input(build);
    const verdict = await run(world, input);
    expect(await run(world, input)).toEqual(verdict);
    expect(await world.read('suites')).toBe('x');
  });
});
