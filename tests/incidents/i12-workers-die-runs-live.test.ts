import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { runIdOf } from '../../activities/run-id.ts';
import { RunDirectory } from '../../activities/runs/run-directory.ts';
import { playForAll } from '../world/for-all.ts';
import type { Asked, Play } from '../world/play.ts';

/* The track that goes from the package straight to the developer, whose run the worker leaves alone. */
const UNATTENDED = { labels: ['Bug', 'autoApprove'] };
const RUN_MS = '6000';

interface Moment {
  when: string;
  scenario: string;
  /** whether the moment has come */
  hasCome: (run: RunDirectory) => boolean | Promise<boolean>;
}

const saidResult = async ({ stdoutPath }: RunDirectory): Promise<boolean> => {
  return (await readFile(stdoutPath, 'utf8').catch(() => '')).includes('"type":"result"');
};
const MOMENTS: readonly Moment[] = [
  {
    when: 'in the middle of its stream',
    scenario: 'long-run',
    hasCome: ({ stdoutPath }) => existsSync(stdoutPath),
  },
  {
    when: 'after its result and before its exit',
    scenario: 'hangs-after-result',
    hasCome: saidResult,
  },
  {
    when: 'after its exit and before the activity has completed',
    scenario: 'feature',
    hasCome: ({ path }) => existsSync(join(path, 'exit.json')),
  },
];

describe('I12: a run whose worker dies', () => {
  let play: Play;

  playForAll(
    async (started) => {
      play = started;
      await play.configure((notes) => ({
        ...notes,
        policy: { ...notes.policy, roles: { developer: { afterResult: '4s' } } },
      }));
    },
    { SCRIPTED_AGENT_RUN_MS: RUN_MS },
  );

  describe.each(['SIGKILL', 'SIGTERM'] as const)('by %s', (signal) => {
    it.each(MOMENTS)('$when goes on alone, once, and counts', async ({ scenario, hasCome }) => {
      const title = `Outlive ${signal} with ${scenario}`;
      const task = await play.begin({ ...UNATTENDED, title, scenario });
      const run = await untilDevelops(play, task);
      await play.until(async () => {
        expect(await hasCome(run)).toBe(true);
      });
      process.kill(play.stack.child('worker agents').pid(), signal);
      const view = await play.untilLooks(task, { stage: 'review' });
      expect(view.runs.filter(({ role }) => role === 'developer')).toMatchObject([
        { runId: run.runId, end: 'finished' },
      ]);
      expect(await run.read('exit.json')).toMatchObject({ launches: 1, continuation: 0 });
      expect(view).toMatchObject({ returns: 0, escalated: null });
      await play.stop(task);
    });
  });
});

/** The directory of the developer's run, as soon as there is one. */
async function untilDevelops(play: Play, task: Asked): Promise<RunDirectory> {
  const open = { openRun: { role: 'developer' } };
  const { openRun } = await play.untilLooks(task, open);
  if (openRun === null) throw new Error('the developer does not work');
  return new RunDirectory(join(play.stack.dataDir, 'runs'), runIdOf(openRun.key));
}
