import { execa } from 'execa';
import { describe, expect, it, vi } from 'vitest';
import { taskWorkflowId } from '../../workflows/contract.ts';
import { playForAll } from '../world/for-all.ts';
import { findLivingRuns } from '../world/living-runs.ts';
import type { Asked, Play } from '../world/play.ts';

const WORK = { labels: ['autoApprove'] };
/** A run is dead within 10 s of the STOP. Source: I10. */
const DEAD_WITHIN = { timeout: 10_000, interval: 50 };
const HOSTILE = [
  'hangs-before-result',
  'hangs-after-result',
  'ignores-term',
  'forks-daemon',
  'floods-output',
  'long-run',
] as const;

describe('I10: STOP', () => {
  let play: Play;

  playForAll((started) => {
    play = started;
  });

  it.each(HOSTILE)('ends a run that %s, and keeps its work', async (scenario) => {
    const task = await play.begin({ ...WORK, title: `Stop what ${scenario}`, scenario });
    await untilRuns(play, task);
    const stopped = play.untilLooks(task, { stage: 'cancelled' });
    await play.anna.move(task.itemId, 'STOP');
    await play.untilLooks(task, { stop: { by: 'board' } });
    await vi.waitFor(async () => {
      expect(await findLivingRuns(play.stack.dataDir)).toEqual([]);
    }, DEAD_WITHIN);
    await stopped;
    await play.untilBoardShows(task, 'Cancelled');
    expect(await play.untilSaid(task, 'The work is kept as')).toBe(1);
    await untilOnlyKept(play, task);
    expect(await findLivingRuns(play.stack.dataDir)).toEqual([]);
    const { runs } = await play.view(task);
    expect(runs.at(-1)).toMatchObject({ role: 'developer', end: 'stopped' });
  });

  it('is said once, whatever says it, and To Analyse starts from scratch', async () => {
    const task = await play.begin({ title: 'Stop what waits' });
    const { ref } = await play.untilLooks(task, { wait: { on: 'approval' } });
    await play.untilBoardShows(task, 'In Review');
    expect(await orch(play, 'task', 'stop', task.id)).toContain(`${task.id} is being stopped`);
    await play.untilBoardShows(task, 'Cancelled');
    expect(await orch(play, 'task', 'stop', task.id)).toMatch(/is over/);
    expect(await play.untilSaid(task, 'Stopped.')).toBe(1);
    await play.anna.move(task.itemId, 'To Analyse');
    const again = await play.untilLooks(task, { wait: { on: 'approval' }, stage: 'analysis' });
    expect(again.ref.life).not.toBe(ref.life);
    await play.client.workflow.getHandle(taskWorkflowId(task.id)).cancel();
    await play.untilBoardShows(task, 'Cancelled');
  });

  it('ORCH-090: waits while production is changed, and comes too late for what has landed', async () => {
    const task = await play.begin({ ...WORK, title: 'Stop what lands' });
    await play.untilLooks(task, { wait: { on: 'confirmation' } });
    const slow = { match: { method: 'POST', path: '/merge$' }, kind: 'delay', delayMs: 4000 };
    await play.control('forge', 'faults', { ...slow, times: 1 });
    await play.says(task, 'Confirm Deploy', 'Awaiting Deploy');
    await play.untilLooks(task, { productionDigest: expect.any(String) as string });
    await play.anna.move(task.itemId, 'STOP');
    expect(await play.untilSaid(task, 'STOP is kept')).toBe(1);
    await play.untilLooks(task, { stage: 'done' });
    expect(await play.untilSaid(task, 'STOP came too late')).toBe(1);
    await play.untilBoardShows(task, 'Done');
  });

  it('ORCH-090: ends a task that waits for its deploy confirmation', async () => {
    const task = await play.begin({ ...WORK, title: 'Stop before production' });
    await play.untilLooks(task, { wait: { on: 'confirmation' } });
    await play.says(task, 'STOP', 'Awaiting Deploy');
    await play.untilBoardShows(task, 'Cancelled');
    await untilOnlyKept(play, task);
  });
});

/** Waits until the task's agent works in the tree. */
async function untilRuns(play: Play, task: Asked): Promise<void> {
  await play.untilLooks(task, { stage: 'development' });
  await play.until(async () => {
    expect(await findLivingRuns(play.stack.dataDir)).not.toEqual([]);
  });
}

/** Waits until the forge has nothing of the task but the work that is kept, and the evidence of what was staged. */
function untilOnlyKept(play: Play, { id }: Asked): Promise<void> {
  return play.until(async () => {
    const refs = (await play.forge()).refs.filter(
      (ref) => ref.endsWith(id) || ref.includes(`${id}-`),
    );
    const isWork = (ref: string): boolean => !ref.startsWith('refs/orch/evidence/');
    expect(refs.filter(isWork)).toEqual([`refs/orch/preserved/${id}`]);
  });
}

/** What a person sees who runs the command line against the stack. */
async function orch(play: Play, ...args: string[]): Promise<string> {
  const { stack } = play;
  const argv = ['workers/cli.ts', '--env', stack.envFile, ...args];
  const env = { PATH: process.env['PATH'] ?? '' };
  const { stdout, stderr } = await execa(process.execPath, argv, {
    ...{ env, extendEnv: false, reject: false },
  });
  return stdout + stderr;
}
