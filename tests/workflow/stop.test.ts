import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { stop, view } from '../../workflows/contract.ts';
import { boardItem, entry, taskAt } from '../world/task-at.ts';
import { sha } from '../world/task-view.ts';
import { startTaskWorld } from './task-world.ts';
import type { Scene, TaskWorld } from './task-world.ts';

const SOON = { timeout: 20_000, interval: 50 };
const BY_CLI = { args: [{ by: 'cli' as const }] as [{ by: 'cli' }] };
const UNDONE = [
  'killed analysis 2',
  'kept the work of claude the analyst',
  'billed the run',
  'closed the workspace',
];

let world: TaskWorld;
beforeAll(async () => {
  world = await startTaskWorld();
}, 60_000);
afterAll(async () => {
  atWork.resolve(null);
  await world[Symbol.asyncDispose]();
});

/** Agents work until everything is over. */
const atWork = Promise.withResolvers<null>();

const until = <T>(read: () => T | Promise<T>) => expect.poll(read, SOON);
const commentsOf = ({ effects }: Scene) =>
  effects.flatMap((effect) => (effect.kind === 'comment' ? effect.text.kind : []));
const stageOf = async ({ handle }: Scene) => (await handle.query(view)).stage;

/** A task whose analyst works and does not come to an end. */
async function startAtWork(): Promise<Scene> {
  const scene = world.scene(boardItem());
  scene.agentGate = atWork.promise;
  await world.start(scene);
  await until(() => scene.analyses).toBe(1);
  return scene;
}

describe('STOP of a task whose agent works', () => {
  it.each([
    ['the command line', ({ handle }: Scene) => handle.executeUpdate(stop, BY_CLI)],
    ['a cancel in Temporal', ({ handle }: Scene) => handle.cancel()],
    [
      'the board',
      (scene: Scene) => {
        const entries = [...scene.item.entries, entry('STOP', 2)];
        scene.item = boardItem({ entries, stateName: 'STOP', stateGroup: 'cancelled' });
        return scene.hint();
      },
    ],
  ])('said by %s kills the run, keeps the work, then cancels', async (_, say) => {
    const scene = await startAtWork();
    await say(scene);
    await scene.handle.result();
    expect(await stageOf(scene)).toBe('cancelled');
    expect(scene.undone).toEqual(UNDONE);
    expect(commentsOf(scene).filter((kind) => kind === 'stopped')).toHaveLength(1);
    expect(scene.effects).toContainEqual({ kind: 'status', status: 'Cancelled' });
    expect((await scene.handle.query(view)).runs).toMatchObject([
      { role: 'analyst', end: 'stopped' },
    ]);
  });

  it('shows that its host is waited for while the run does not die, and ends when it has', async () => {
    const scene = await startAtWork();
    scene.brokenKills = 5;
    expect(await scene.handle.executeUpdate(stop, BY_CLI)).toBe('stopping');
    await until(async () => (await scene.handle.query(view)).wait?.on).toBe('host');
    expect(scene.undone).toEqual([]);
    expect(await scene.handle.executeUpdate(stop, BY_CLI)).toBe('repeated');
    await scene.handle.result();
    expect(scene.undone).toEqual(UNDONE);
  });
});

describe('STOP of a task', () => {
  it('that waits for a person has no run to kill and ends at once', async () => {
    const scene = world.scene(boardItem());
    await world.start(scene);
    await until(async () => (await scene.handle.query(view)).wait?.on).toBe('answers');
    expect(await scene.handle.executeUpdate(stop, BY_CLI)).toBe('stopping');
    await scene.handle.result();
    expect(await stageOf(scene)).toBe('cancelled');
  });

  it('whose work is in production and in main ends only the watch', async () => {
    const scene = world.scene(boardItem());
    const landed = { sha: sha('b'), tree: sha('c') };
    const state = taskAt('monitoring', {
      ...{ landed, deployBegun: true, stop: { by: 'cli', at: '2026-11-21T09:00:00.000Z' } },
    });
    const handle = await world.walk(scene, state, {});
    expect(await handle.result()).toEqual([]);
    expect((await handle.query(view)).stage).toBe('done');
    expect(commentsOf(scene)).toContain('stop-too-late');
  });

  it('is carried out when the deploy it waited for was rolled back', async () => {
    const scene = world.scene(boardItem());
    const state = taskAt('deploy', {
      ...{ deployBegun: false, stop: { by: 'cli', at: '2026-11-21T09:00:00.000Z' } },
    });
    const handle = await world.walk(scene, state, {});
    expect(await handle.result()).toEqual([]);
    expect((await handle.query(view)).stage).toBe('cancelled');
  });
});
