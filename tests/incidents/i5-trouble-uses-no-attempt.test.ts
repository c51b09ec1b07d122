import { execa } from 'execa';
import { describe, expect, it } from 'vitest';
import type { TaskView } from '../../workflows/domain/task-state.ts';
import { quoteText } from '../../workflows/domain/untrusted-text.ts';
import { playForAll } from '../world/for-all.ts';
import type { Asked, Play } from '../world/play.ts';

const UNATTENDED = ['autoApprove'];
const ONCE = [
  ...['created', 'analysis', 'architecture', 'development', 'review', 'testing'],
  ...['deploy-staging', 'deploy'],
];

describe('I4 and I5: verdicts return work, trouble does not', () => {
  let play: Play;

  playForAll((started) => {
    play = started;
  });

  it('I5: a forge that is away for a while returns nothing and costs no second run of an agent', async () => {
    const unreadable = { match: { path: '/commits/[0-9a-f]+/status' }, kind: 'status' };
    await play.control('forge', 'faults', { ...unreadable, status: 403, times: 2 });
    const task = await play.begin({ title: 'Add a page in a storm', labels: UNATTENDED });
    await play.untilLooks(task, { stage: 'architecture' });
    await play.control('forge', 'faults', { kind: 'status', status: 503, times: 4 });
    const held = await play.untilLooks(task, { stage: 'development', wait: { on: 'infra' } });
    expect(held.wait?.detail).toContain('readCi');
    const view = await play.untilLooks(task, { wait: { on: 'confirmation' } });
    expect(view.visits.map(({ stage }) => stage)).toEqual(ONCE);
    expect(view.runs.map(({ role, end }) => `${role} ${end}`)).toEqual([
      'analyst finished',
      'architect finished',
      'developer finished',
      'reviewer finished',
    ]);
    expect(view).toMatchObject({ returns: 0, escalated: null, mustFix: null });
    expect(await play.countComments(task, 'Returned')).toBe(0);
  });

  it('ORCH-120: questions wait for a person, the answers reach the analyst, and a package supersedes them', async () => {
    const scenario = 'asks-a-question';
    const task = await play.begin({ title: 'Add a page with a question', scenario });
    const asked = await play.untilLooks(task, { wait: { on: 'answers' } });
    expect(await play.untilSaid(task, 'The analyst has questions (2)')).toBe(1);
    await play.untilBoardShows(task, 'Needs Input');
    const elsewhere = { ORCH_DATA_DIR: `${play.stack.dataDir}/elsewhere` };
    expect(await readLogs(play, task)).toMatch(/^> Write: \S*01-questions\.md$/m);
    expect(await readLogs(play, task, elsewhere)).toMatch(/^run \w+ is on host h\w+, not here/);
    const answer = 'The newest come first, and 400 it is.';
    await play.callBoard(play.stack.secrets.anna, 'POST', {
      path: `work-items/${task.itemId}/comments/`,
      body: { comment_html: `<p>${answer}</p>` },
    });
    // A comment never acts: the same wait is still on when the gesture comes.
    expect((await play.view(task)).wait).toEqual(asked.wait);
    await play.says(task, 'To Analyse', 'Needs Input');
    const ready = await play.untilLooks(task, { wait: { on: 'approval' } });
    expect(ready.runs.map(({ role }) => role)).toEqual(['analyst', 'analyst']);
    const [first, second] = await readTaskFiles(play, ready, 'analyst');
    expect(first).not.toContain('## Answers');
    expect(second).toContain(`> ${answer}`);
    expect(second).toContain('Which notes come first');
    expect(second).not.toContain('The analyst has questions');
    expect(ready).toMatchObject({ returns: 0, escalated: null });
  });

  it('ORCH-046: a red acceptance test returns the work once, with its output for the developer', async () => {
    const { view, text } = await playUntilReturned(play, 'test-fails-once');
    expect(text).toContain('newest first, as many as asked for, and the total');
    expect(view.visits.map(({ stage }) => stage)).toEqual([...ONCE.slice(0, 6), ...ONCE.slice(3)]);
  });

  it('ORCH-045: a red CI returns the work once, with its log for the developer', async () => {
    const { view, text } = await playUntilReturned(play, 'ci-fails-once');
    expect(text).toContain('CI failed at');
    expect(text).toContain('the notes and how many there are');
    expect(view.visits.map(({ stage }) => stage)).toEqual([...ONCE.slice(0, 4), ...ONCE.slice(3)]);
  });

  it('ET-013: nothing revives an escalated task but a human, at the stage that failed', async () => {
    await play.control('forge', 'ci', { mode: 'fail' });
    await play.configure((notes) => ({ ...notes, policy: { ...notes.policy, maxReturns: 0 } }));
    const task = await play.begin({ title: 'Add a page nobody can build', labels: UNATTENDED });
    const failed = await play.untilLooks(task, { wait: { on: 'revival' } });
    expect(failed.escalated).toContain('CI failed');
    await play.untilBoardShows(task, 'Blocked');
    await play.callBoard(play.stack.secrets.anna, 'PATCH', {
      path: `work-items/${task.itemId}/`,
      body: { name: 'Add a page somebody can build' },
    });
    // Whoever has answered this has looked at everything that happened before.
    await play.anna.move(task.itemId, 'Approved');
    expect(await play.untilSaid(task, 'no package waits for it')).toBe(1);
    const still = await play.view(task);
    expect([still.escalated, still.runs]).toEqual([failed.escalated, failed.runs]);
    await play.says(task, 'To Analyse', 'Blocked');
    const again = await play.until(async () => {
      expect(await play.countComments(task, 'A person is needed')).toBe(2);
      return play.view(task);
    });
    expect(again.runs.map(({ role }) => role)).toEqual([
      ...failed.runs.map(({ role }) => role),
      'developer',
    ]);
    expect(again).toMatchObject({ stage: 'development', returns: 0, wait: { on: 'revival' } });
  });
});

/** Plays a scenario whose first version fails, past the repair; `text` is the must-fix report, found word by word in the task file. */
async function playUntilReturned(
  play: Play,
  scenario: string,
): Promise<{ view: TaskView; text: string }> {
  const title = `Add a page where ${scenario.replaceAll('-', ' ')}`;
  const task: Asked = await play.begin({ title, scenario, labels: UNATTENDED });
  const returned = await play.untilLooks(task, { stage: 'development', returns: 1 });
  const { documentId } = returned.mustFix ?? { documentId: '' };
  const { text } = await play.call(
    'GET',
    `http://127.0.0.1:${play.stack.ports.api}/documents/${documentId}`,
  );
  const view = await play.untilLooks(task, { wait: { on: 'confirmation' } });
  expect(view).toMatchObject({ returns: 1, escalated: null, mustFix: null });
  const [first, second, ...more] = await readTaskFiles(play, view, 'developer');
  expect(more).toEqual([]);
  expect(first).not.toContain('## Must fix');
  expect(second).toContain(`## Must fix\n\n${quoteText(text)}\n`);
  expect(await play.untilSaid(task, 'Returned from')).toBe(1);
  return { view, text };
}

function readTaskFiles(play: Play, view: TaskView, role: string): Promise<string[]> {
  const runs = view.runs.filter((run) => run.role === role);
  return Promise.all(runs.map(({ runId }) => play.taskFile(runId)));
}

/** What `orch task logs` says of the task, with these settings instead of the stack's. */
async function readLogs(play: Play, { id }: Asked, settings: object = {}): Promise<string> {
  const args = ['workers/cli.ts', 'task', 'logs', id];
  const env = { ...play.stack.env, ...settings };
  const { all } = await execa(process.execPath, args, {
    ...{ env, extendEnv: false, all: true, reject: false },
  });
  return all;
}
