import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { view } from '../../workflows/contract.ts';
import { boardItem, defaultPolicy, entry, taskAt } from '../world/task-at.ts';
import { startTaskWorld } from './task-world.ts';
import type { Scene, TaskWorld } from './task-world.ts';

const SOON = { timeout: 20_000, interval: 50 };
/** Events after which a task that waits goes on in a new run. */
const LONG_HISTORY = 2_000;

let world: TaskWorld;
beforeAll(async () => {
  world = await startTaskWorld();
}, 60_000);
afterAll(() => world[Symbol.asyncDispose]());

const until = <T>(read: () => T | Promise<T>) => expect.poll(read, SOON);
const waitOf = async (scene: Scene) => (await scene.handle.query(view)).wait?.on;
const commentsOf = ({ effects }: Scene) =>
  effects.flatMap((effect) => (effect.kind === 'comment' ? effect.text.kind : []));

/** Holds every effect of the scene back until it is called. */
function holdEffects(scene: Scene): () => void {
  const gate = Promise.withResolvers<null>();
  scene.gate = gate.promise;
  return () => {
    gate.resolve(null);
  };
}

async function readHistory({ handle }: Scene) {
  const { historyLength, runId } = await handle.describe();
  return { historyLength, runId };
}

describe('a life that is closing', () => {
  it('leaves a new start to the next life, read or not', async () => {
    const scene = world.scene(boardItem({ hasDescription: false }));
    const goOn = holdEffects(scene);
    await world.start(scene);
    await until(async () => (await scene.handle.query(view)).stage).toBe('refused');

    scene.item = boardItem({ entries: [entry('To Analyse', 0), entry('To Analyse', 5)] });
    await scene.hint();
    // A query is answered behind the hint: whoever listens has heard it by then.
    await scene.handle.query(view);
    goOn();

    await until(() => scene.asked).toMatchObject([expect.stringMatching(/\.2$/)]);
    expect(commentsOf(scene)).not.toContain('gesture-ignored');
  });
});

describe('a task that waits for a person', () => {
  it('takes a gesture along that comes while it goes on in a new run', async () => {
    const scene = world.scene(boardItem());
    await world.start(scene);
    await until(() => waitOf(scene)).toBe('answers');
    const { runId } = await readHistory(scene);

    const goOn = holdEffects(scene);
    const entries = [...scene.item.entries, entry('Estimate', 2)];
    scene.item = boardItem({ entries, stateName: 'Estimate' });
    for (let sent = 0; (await readHistory(scene)).historyLength <= LONG_HISTORY; sent += 100) {
      await Promise.all(Array.from({ length: 100 }, () => scene.hint()));
      if (sent > 5 * LONG_HISTORY) throw new Error('the history does not grow');
    }
    scene.item = boardItem({ entries: [...entries, entry('To Analyse', 3)] });
    await scene.hint();
    await until(() => scene.analyses).toBe(2);
    goOn();

    await until(() => waitOf(scene)).toBe('answers');
    await until(async () => (await readHistory(scene)).runId).not.toBe(runId);
  });

  it('goes on with fresh budgets when it was held for that person', async () => {
    const scene = world.scene(boardItem());
    const worn = taskAt('deploy-staging', { rereviews: defaultPolicy.maxRereviews });
    const rereview = { kind: 'rereview', reason: 'main changed the reviewed code' } as const;
    const handle = await world.walk(scene, worn, { 'deploy-staging': rereview });
    await until(async () => (await handle.query(view)).wait?.on).toBe('revival');

    scene.item = boardItem({ entries: [entry('To Analyse', 0), entry('To Analyse', 5)] });
    await scene.hint();

    expect(await handle.result()).toEqual(['deploy-staging', 'deploy-staging', 'review']);
  });
});

describe('a task that asks its lane', () => {
  it('does not stand in its own way when its request arrived and was reported broken', async () => {
    const scene = world.scene(boardItem());
    scene.brokenRequests = 1;
    await world.start(scene);
    await until(() => waitOf(scene)).toBe('infra');

    scene.item = boardItem({ entries: [entry('To Analyse', 0), entry('To Analyse', 5)] });
    await scene.hint();

    await until(() => scene.analyses).toBe(1);
    expect(scene.asked).toHaveLength(2);
  });
});
