import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { describe, expect, it } from 'vitest';
import type { TaskView } from '../../workflows/domain/task-state.ts';
import { expectProven } from '../world/clean-end.ts';
import { playForAll } from '../world/for-all.ts';
import type { Asked, Play } from '../world/play.ts';

const WORK = { labels: ['autoApprove'] };
const TO_THE_SEAL = [
  ...['created', 'analysis', 'architecture', 'development', 'review', 'testing'],
  'deploy-staging',
];

describe('ORCH-088 and I6: two tasks in one repository', () => {
  let play: Play;
  let first: Asked;
  let second: Asked;

  playForAll((started) => {
    play = started;
  });

  it('ORCH-088: the second waits for its turn and shows its place; the first lands', async () => {
    first = await play.begin({ ...WORK, title: 'Add a first page' });
    await play.untilLooks(first, { stage: 'analysis' });
    second = await play.begin({ ...WORK, title: 'Add a second page' });
    const waiting = await play.untilLooks(second, {
      stage: 'created',
      wait: { on: 'lane', detail: expect.stringContaining('number 1 in line') as string },
    });
    expect(waiting.wait?.detail).toContain(`held by ${first.id}`);
    await play.untilLooks(first, { wait: { on: 'confirmation' } });
    await play.says(first, 'Confirm Deploy', 'Awaiting Deploy');
    const landed = await play.untilLooks(first, { stage: 'done' });
    await expectLanded(play, first, landed);
  });

  it('I6: what was pushed between seal and landing is staged again, at no cost of an attempt', async () => {
    const sealed = await play.untilLooks(second, { wait: { on: 'confirmation' } });
    const pushed = await pushToMain(play);
    await play.says(second, 'Confirm Deploy', 'Awaiting Deploy');
    const landed = await play.untilLooks(second, { stage: 'done' });
    await expectLanded(play, second, landed);
    expect(landed).toMatchObject({
      returns: 0,
      escalated: null,
      seal: { baseSha: pushed, codeIdentity: sealed.seal?.codeIdentity },
    });
    expect(landed.seal?.sha).not.toBe(sealed.seal?.sha);
    expect(landed.visits.map(({ stage }) => stage)).toEqual([
      ...TO_THE_SEAL,
      ...['deploy', 'deploy-staging', 'deploy', 'monitoring'],
    ]);
    expect(landed.runs).toEqual(sealed.runs);
    expect(await play.countComments(second, 'Ready for production')).toBe(1);
    // Found before anything was deployed, so it was no lost race either.
    expect(await play.countComments(second, 'main moved under the seal')).toBe(1);
  });
});

/** Somebody's commit, straight to main; answers with its sha. */
async function pushToMain(play: Play): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'orchestrator-push-'));
  const url = `http://anna:${play.stack.secrets.forgeAnna}@127.0.0.1:${play.stack.ports.forge}`;
  const identity = ['-c', 'user.name=anna', '-c', 'user.email=anna@example.com'];
  const git = async (...args: string[]): Promise<string> =>
    (await execa('git', ['-C', folder, ...identity, ...args])).stdout;
  try {
    await git('clone', '--quiet', `${url}/acme/notes.git`, '.');
    await writeFile(join(folder, 'docs', 'from-anna.md'), '# From anna\n');
    await git('add', '.');
    await git('commit', '--quiet', '--message', 'Write a page by hand');
    await git('push', '--quiet', 'origin', 'HEAD:main');
    return await git('rev-parse', 'HEAD');
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function expectLanded(play: Play, task: Asked, view: TaskView): Promise<void> {
  await play.untilBoardShows(task, 'Done');
  await expectProven(play.stack, { ...task, view, boardState: 'Done' });
}
