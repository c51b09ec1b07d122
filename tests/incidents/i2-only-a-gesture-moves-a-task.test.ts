import { describe, expect, it } from 'vitest';
import { openBoardPerson } from '../../workers/demo/person.ts';
import { laneWorkflowId, taskWorkflowId } from '../../workflows/contract.ts';
import { toRepoSlug, toTaskId } from '../../workflows/domain/ids.ts';
import { ROLES } from '../../workflows/domain/stages.ts';
import { playForAll } from '../world/for-all.ts';
import type { Asked, Play } from '../world/play.ts';

const MEMBERS = ['anna', ...ROLES, 'stream'];

/* One stack for all of it: the tests follow one item, `task`, from its refusal to production. */
describe('I2: only a named gesture of an allowed person moves a task', () => {
  let play: Play;
  let task: Asked;

  playForAll(async (started) => {
    play = started;
    const approvers = [await userIdOf(play, play.stack.secrets.anna)];
    await play.configure((notes) => ({ ...notes, approvers }));
  });

  it('a stranger who is no member of the project cannot even say it', async () => {
    const item = await play.ask({ title: 'Add a page for strangers' });
    expect(await moveAs(play, 'boris', { item, to: 'To Analyse' })).toBe(403);
    await expectNoWorkflow(play, taskWorkflowId(item.id));
    // The next tests need him as a member, before anybody has read and kept the list.
    const project = { identifier: 'NOTE', name: 'Notes', members: [...MEMBERS, 'boris'] };
    await play.control('board', 'seed', { projects: [project] });
  });

  it('2026-06-02, I16: an item of an unknown project causes no write anywhere', async () => {
    const other = await askElsewhere(play);
    await play.until(async () => {
      const { log } = (await play.board()).deliveries;
      const told = log.filter(({ body }) => body.includes(other) && body.includes('To Analyse'));
      expect(told).toMatchObject([{ outcome: 'answered', status: 202 }]);
    });
    await expectNoWorkflow(play, taskWorkflowId(toTaskId('OTHER-1')));
    await expectNoWorkflow(play, taskWorkflowId(toTaskId('NOTE-1')));
    await expectNoWorkflow(play, laneWorkflowId(toRepoSlug('acme/notes')));
    const bystander = await play.begin({ title: 'Add a page that is known' });
    await play.untilLooks(bystander, { wait: { on: 'approval' } });
    const { comments, activities } = await play.board();
    const anna = await userIdOf(play, play.stack.secrets.anna);
    expect(comments.filter(({ issue }) => issue === other)).toEqual([]);
    expect(activities.filter(({ entry }) => entry.issue === other && entry.actor !== anna)).toEqual(
      [],
    );
    expect((await play.chatTexts()).filter((text) => text.includes('OTHER'))).toEqual([]);
    expect((await play.forge()).refs.filter((ref) => ref.includes('OTHER'))).toEqual([]);
  });

  it('QG-0: an item without a description is refused with what to fix, and runs once it is fixed', async () => {
    task = await play.begin({ title: 'Add a page that needs words', description: '' });
    await play.untilBoardShows(task, 'Blocked');
    expect(await play.untilSaid(task, 'the description is empty')).toBe(1);
    await play.callBoard(play.stack.secrets.anna, 'PATCH', {
      path: `work-items/${task.itemId}/`,
      body: { description_html: '<p>Now it has some.</p>' },
    });
    await play.anna.move(task.itemId, 'To Analyse');
    await play.untilLooks(task, { stage: 'analysis', wait: { on: 'approval' } });
    await play.untilBoardShows(task, 'In Review');
    expect(await play.countComments(task, 'the description is empty')).toBe(1);
  });

  it('a member who is no approver approves nothing', async () => {
    const before = await play.view(task);
    expect(await moveAs(play, 'boris', { item: task, to: 'Approved' })).toBe(200);
    expect(await play.untilSaid(task, 'its author is not an approver')).toBe(1);
    await play.untilBoardShows(task, 'In Review');
    expect((await play.view(task)).wait).toEqual(before.wait);
  });

  it("BUG 3: the analyst's own comments and status writes move nothing", async () => {
    const before = await play.view(task);
    const { analyst } = play.stack.secrets;
    await play.callBoard(analyst, 'POST', {
      path: `work-items/${task.itemId}/comments/`,
      body: { comment_html: '<p>Approved. Confirm Deploy.</p>' },
    });
    expect(await moveAs(play, 'analyst', { item: task, to: 'Approved' })).toBe(200);
    // Whoever has answered this has read the log past the analyst's entries.
    await play.anna.move(task.itemId, 'Confirm Deploy');
    expect(await play.untilSaid(task, 'Confirm Deploy was ignored')).toBe(1);
    await play.untilBoardShows(task, 'In Review');
    expect(await play.countComments(task, 'Approved was ignored')).toBe(1);
    expect((await play.view(task)).wait).toEqual(before.wait);
  });

  it('a status set by hand is put back, with one comment that names the right gesture', async () => {
    const before = await play.view(task);
    await play.anna.move(task.itemId, 'Testing');
    expect(await play.untilSaid(task, 'Testing is not a gesture')).toBe(1);
    expect(await play.countComments(task, 'Gesture to use now: Approved or Rejected')).toBe(1);
    await play.untilBoardShows(task, 'In Review');
    expect((await play.view(task)).wait).toEqual(before.wait);
  });

  it('To Analyse on a task that works is ignored, and starts no second one', async () => {
    const { ref } = await play.view(task);
    await play.says(task, 'Approved', 'In Review');
    await play.untilLooks(task, { stage: 'development' });
    await play.anna.move(task.itemId, 'To Analyse');
    expect(await play.untilSaid(task, 'the task is already running')).toBe(1);
    const after = await play.view(task);
    expect(after.ref).toEqual(ref);
    expect(after.visits.filter(({ stage }) => stage === 'analysis')).toHaveLength(1);
  });

  it('ORCH-059: a routine Approved never deploys, and only an approver confirms', async () => {
    const before = await play.untilLooks(task, { wait: { on: 'confirmation' } });
    await play.says(task, 'Approved', 'Awaiting Deploy');
    expect(await play.untilSaid(task, 'Approved never deploys: use Confirm Deploy')).toBe(1);
    await play.untilBoardShows(task, 'Awaiting Deploy');
    expect(await moveAs(play, 'boris', { item: task, to: 'Confirm Deploy' })).toBe(200);
    await play.until(async () => {
      expect(await play.countComments(task, 'its author is not an approver')).toBe(2);
    });
    expect(await play.view(task)).toMatchObject({ wait: before.wait, productionDigest: null });
    const production = `http://127.0.0.1:${play.stack.ports.production}/version`;
    await expect(fetch(production)).rejects.toThrow();
    await play.says(task, 'Confirm Deploy', 'Awaiting Deploy');
    const done = await play.untilLooks(task, { stage: 'done' });
    expect((await play.call('GET', production)).body).toEqual({ revision: done.seal?.sha });
    expect(await play.countComments(task, 'Approved never deploys')).toBe(1);
  });
});

async function userIdOf(play: Play, token: string): Promise<string> {
  const user = (await play.board()).users.find((known) => known.token === token);
  if (!user) throw new Error('the board knows no such user');
  return user.id;
}

/** Sets a state as somebody else; answers with the board's status code. */
async function moveAs(
  play: Play,
  who: 'boris' | 'analyst',
  { item, to }: { item: Asked; to: string },
): Promise<number> {
  const state = (await play.board()).states.find(({ name }) => name === to);
  const path = `work-items/${item.itemId}/`;
  const body = { state: state?.id };
  return (await play.callBoard(play.stack.secrets[who], 'PATCH', { path, body })).status;
}

/** anna says To Analyse in a project nobody told the system of; answers with the item's uuid. */
async function askElsewhere(play: Play): Promise<string> {
  const project = { identifier: 'OTHER', name: 'Other', members: MEMBERS, labels: [] };
  await play.control('board', 'seed', { projects: [project] });
  const found = (await play.board()).projects.find(({ identifier }) => identifier === 'OTHER');
  const anna = await openBoardPerson({
    url: play.urlOf('board'),
    token: play.stack.secrets.anna,
    workspace: 'acme',
    projectId: found?.id ?? '',
  });
  const { itemId } = await anna.create({ title: 'OTHER', description: 'OTHER', labels: [] });
  await anna.move(itemId, 'To Analyse');
  return itemId;
}

async function expectNoWorkflow(play: Play, workflowId: string): Promise<void> {
  const handle = play.client.workflow.getHandle(workflowId);
  await expect(handle.describe()).rejects.toMatchObject({ name: 'WorkflowNotFoundError' });
}
