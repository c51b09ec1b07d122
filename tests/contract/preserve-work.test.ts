import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { runIdOf } from '../../activities/run-id.ts';
import { workspaceOf } from '../../activities/workspace/workspace.ts';
import type { HostActivities } from '../../workflows/domain/activities.ts';
import type { Sha } from '../../workflows/domain/ids.ts';
import { eventually } from './forge-session.ts';
import { HostWorld } from './host-world.ts';

const PRESERVED = 'refs/orch/preserved/NOTE-1';
const BRANCH = 'refs/heads/feature/NOTE-1-note-count';

let world: HostWorld;

beforeEach(async () => {
  world = await HostWorld.create();
  world.agentEnv = { MODEL_KEY: 'key-of-the-model-0123456789' };
  await world.prepare();
  await world.scriptAgent('echo first > first.txt');
  await world.produce('developer');
});

afterEach(async () => {
  await world[Symbol.asyncDispose]();
});

type Stopped = Parameters<HostActivities['preserveWork']>[0]['run'];

/** A developer's run that was stopped in the middle, after it did `script`. */
async function stopAfter(script: string): Promise<NonNullable<Stopped>> {
  await world.scriptAgent(`${script}\ntouch begun; sleep 600`);
  const { key, role, ...rest } = world.produceInput('developer');
  const ended = world
    .call((activities) => activities.produce({ key, role, ...rest }))
    .catch(String);
  const { tree } = workspaceOf(world.task, world.dataDir);
  await eventually(() => {
    expect(existsSync(join(tree, 'begun'))).toBe(true);
  });
  await world.runHost.runs.kill(runIdOf(key), 'STOP');
  await ended;
  return { key, role, agent: rest.policy.agent };
}

async function preserve(run: Stopped): Promise<Sha> {
  const { task, workHead } = world;
  return (await world.call((activities) => activities.preserveWork({ task, workHead, run }))).sha;
}

describe('the work of a stopped task', () => {
  it('I10: is kept with what its run left, once, and the branch goes', async () => {
    const run = await stopAfter('echo half > half.txt; echo evil >> .ci/run');
    const sha = await preserve(run);
    expect(await world.head(PRESERVED)).toBe(sha);
    expect(await world.fileAt(sha, 'half.txt')).toBe('half');
    expect(await world.fileAt(sha, '.ci/run')).not.toContain('evil');
    expect(await world.onForge('rev-parse', `${sha}^`)).toBe(world.workHead);
    expect(await world.head(BRANCH)).toBeNull();
    expect(await preserve(run)).toBe(sha);
  });

  it('is the work head when no run was open', async () => {
    await stopAfter('echo half > half.txt');
    expect(await preserve(null)).toBe(world.workHead);
    expect(await world.head(PRESERVED)).toBe(world.workHead);
  });

  it.each([
    ['left its canary', 'echo "token = $GITEA_ADMIN_TOKEN" > half.txt'],
    ['left the key of its model in many lines', 'env | base64 -w 20 > half.txt'],
    ['named a file by its canary', 'echo x > "$GITEA_ADMIN_TOKEN"'],
    ['printed the key of its model', 'echo "$MODEL_KEY"; echo half > half.txt'],
  ])('I11: is kept without what its run left, when that %s', async (_how, script) => {
    const run = await stopAfter(script);
    expect(await preserve(run)).toBe(world.workHead);
    expect(await world.head(PRESERVED)).toBe(world.workHead);
    const heads = (await world.onForge('for-each-ref', '--format=%(objectname)')).split('\n');
    expect(new Set(heads)).toEqual(new Set([world.workHead, world.baseSha]));
  });

  it('I11: is all that stays of the run: its private folders go', async () => {
    const run = await stopAfter('echo said > ~/transcript');
    const home = join(world.runHost.runs.directoryOf(runIdOf(run.key)), 'home');
    expect(existsSync(home)).toBe(true);
    await preserve(run);
    expect(existsSync(home)).toBe(false);
  });
});
