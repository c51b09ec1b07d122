import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, vi } from 'vitest';
import { deployBuild } from '../../activities/deploy/deploy-build.ts';
import type { DeployInput } from '../../workflows/domain/activities.ts';
import type { Build } from '../../workflows/domain/task-state.ts';
import { inActivity } from '../world/in-activity.ts';
import { DeployWorld, type Behaviour } from './deploy-world.ts';

const ATTEMPT = fileURLToPath(new URL('./deploy-attempt.ts', import.meta.url));

type Moment = (world: DeployWorld, build: Build) => Promise<boolean>;

const begins =
  (step: 'switching' | 'rolling-back'): Moment =>
  async (world) =>
    (await world.state()).change?.step === step;

/** Moments of a change of a target in the order they come. */
const MOMENTS: Readonly<Record<string, Moment>> = {
  'the change is written down': begins('switching'),
  'the service before is stopped': async (world) => (await world.revision()) === null,
  'the new service is started': async (world, build) =>
    (await world.starts()).includes(build.revision),
};

const MOMENTS_OF_ROLLBACK: Readonly<Record<string, Moment>> = {
  'the new service is started': async (world, build) =>
    (await world.starts()).includes(build.revision),
  'the rollback is written down': begins('rolling-back'),
  'the service before is started again': async (world) => (await world.starts()).length === 3,
};

/** Runs an attempt and kills it with SIGKILL at `moment`. */
async function killAt(world: DeployWorld, input: DeployInput, moment: Moment): Promise<void> {
  const args = [ATTEMPT, world.dataDir, String(world.port), JSON.stringify(input)];
  const attempt = spawn(process.execPath, args, { stdio: ['ignore', 'ignore', 'inherit'] });
  const ended = once(attempt, 'exit');
  await vi.waitUntil(() => moment(world, input.build), { timeout: 20_000, interval: 2 });
  attempt.kill('SIGKILL');
  expect(await ended).toEqual([null, 'SIGKILL']);
}

/** A target that serves one build and is asked to run another. */
async function changing(behaviour: Behaviour) {
  const world = await DeployWorld.create();
  const before = await world.build();
  await world.deploy(before);
  const build = await world.build(behaviour);
  const input = world.input(build);
  return { world, before, build, input, [Symbol.asyncDispose]: () => world[Symbol.asyncDispose]() };
}

describe('a deploy whose worker is killed', () => {
  it.each(Object.entries(MOMENTS))('when %s is finished by the next attempt', async (_, moment) => {
    await using at = await changing('good');
    const { world, before, build, input } = at;
    await killAt(world, input, moment);
    expect(await world.redeploy(input)).toMatchObject({
      status: 'SUCCESS',
      runningDigest: build.digest,
      runningRevision: build.revision,
    });
    expect(await world.starts()).toEqual([before.revision, build.revision]);
    expect(await world.state()).toMatchObject({ current: build, previous: before, change: null });
  });

  it.each(Object.entries(MOMENTS_OF_ROLLBACK))(
    'when %s is rolled back by the next attempt',
    async (_, moment) => {
      await using at = await changing('sick');
      const { world, before, build, input } = at;
      await killAt(world, input, moment);
      expect(await world.redeploy(input)).toMatchObject({
        status: 'ROLLED_BACK',
        runningDigest: before.digest,
        runningRevision: before.revision,
      });
      const { revision } = before;
      expect(await world.starts()).toEqual([revision, build.revision, revision]);
      expect(await world.state()).toMatchObject({ current: before, change: null });
    },
  );

  it('leaves nothing in the way of another task, whose rollback goes to the last healthy build', async () => {
    await using at = await changing('sick');
    const { world, before, input } = at;
    await killAt(world, input, begins('switching'));
    const other = await world.deploy(await world.build('crashing'), { fence: 11 });
    expect(other).toMatchObject({ status: 'ROLLED_BACK', runningDigest: before.digest });
    expect(await world.redeploy(input)).toMatchObject({ status: 'REFUSED' });
    const next = await world.build();
    expect(await world.deploy(next, { fence: 12 })).toMatchObject({ status: 'SUCCESS' });
    expect(await world.state()).toMatchObject({ current: next, previous: before });
  });

  it('or asked to stop while it waits for health, is finished by the next attempt', async () => {
    await using at = await changing('sick');
    const { world, before, build, input } = at;
    const shutdown = new AbortController();
    const attempt = inActivity(() => deployBuild(world.ports, input), { signal: shutdown.signal });
    const rejected = expect(attempt).rejects.toThrow('worker shuts down');
    await vi.waitUntil(async () => (await world.starts()).includes(build.revision), 20_000);
    shutdown.abort(new Error('worker shuts down'));
    await rejected;
    expect(await world.redeploy(input)).toMatchObject({
      status: 'ROLLED_BACK',
      runningDigest: before.digest,
    });
  });
});
