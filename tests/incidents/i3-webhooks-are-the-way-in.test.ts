import { createHmac } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { taskWorkflowId } from '../../workflows/contract.ts';
import type { TaskView } from '../../workflows/domain/task-state.ts';
import { expectNothingDoubled, expectProven } from '../world/clean-end.ts';
import { playForAll } from '../world/for-all.ts';
import type { Asked, Play } from '../world/play.ts';

const STORM = 100;

/** One delivery as the board sent or would have sent it. */
interface Captured {
  headers: Record<string, string>;
  body: string;
}

describe('I3: webhooks are the way in', () => {
  let play: Play;
  let unheard: Asked;
  let captured: Captured;

  playForAll((started) => {
    play = started;
  });

  it('with the webhook off, To Analyse starts nothing; on again, the next one starts', async () => {
    await play.control('board', 'webhooks', { off: true });
    unheard = await play.begin({ title: 'Add a page nobody heard of' });
    captured = await play.until(() => findDelivery(play, unheard, 'off'));
    await play.control('board', 'webhooks', { off: false });
    const heard = await play.begin({ title: 'Add a page with news' });
    await play.untilLooks(heard, { stage: 'analysis' });
    await expectNothing(play, unheard);
  });

  it('a forged delivery is 401 and causes nothing', async () => {
    const { headers, body } = captured;
    const without = Object.fromEntries(
      Object.entries(headers).filter(([name]) => name !== 'X-Plane-Signature'),
    );
    const forged = createHmac('sha256', 'guessed').update(body).digest('hex');
    const answers = await Promise.all([
      deliver(play, { headers, body: body.replace('nobody', 'everybody') }),
      deliver(play, { headers, body: `${body} ` }),
      deliver(play, { headers: { ...headers, 'X-Plane-Signature': forged }, body }),
      deliver(play, { headers: without, body }),
    ]);
    expect(answers).toEqual([401, 401, 401, 401]);
    // The api answers in order of arrival: a hint of theirs would have been sent before this one's.
    const later = await play.begin({ title: 'Add a page for forgers' });
    await play.untilLooks(later, { stage: 'analysis' });
    await expectNothing(play, unheard);
  });

  it('the same delivery a hundred times at once makes one task, and leaves everything once', async () => {
    await play.control('board', 'webhooks', { duplicate: 5 });
    expect(await storm(play, captured)).toEqual(Array<number>(STORM).fill(202));
    await play.untilLooks(unheard, { wait: { on: 'approval' } });
    expect(await storm(play, captured)).toEqual(Array<number>(STORM).fill(202));
    const view = await play.finish(unheard);
    expect(await countRuns(play, unheard)).toBe(1);
    expect((await play.forge()).pulls.filter((branch) => branch === view.ref.branch)).toEqual([
      `feature/${unheard.id}-add-a-page-nobody-heard-of`,
    ]);
    const comments = await play.comments(unheard);
    expect(new Set(comments).size).toBe(comments.length);
    await expectCleanEnd(play, unheard, view);
  });

  it('reordered and doubled webhooks of board and forge lead a whole task to the same end', async () => {
    const disturbed = { duplicate: 3, reorder: true };
    await play.control('board', 'webhooks', disturbed);
    await play.control('forge', 'webhooks', disturbed);
    const task = await play.begin({ title: 'Add a page out of order' });
    const view = await play.finish(task);
    expect(outline(view)).toEqual(outline(await play.view(unheard)));
    await expectCleanEnd(play, task, view);
  });
});

/** The delivery that told of the item's move. */
async function findDelivery(play: Play, { itemId }: Asked, outcome: string): Promise<Captured> {
  const { deliveries } = await play.board();
  const found = deliveries.log.findLast(
    (delivery) =>
      delivery.outcome === outcome &&
      delivery.event === 'issue' &&
      delivery.body.includes(itemId) &&
      delivery.body.includes('To Analyse'),
  );
  if (!found) throw new Error('the board has not tried to tell of the move');
  return found;
}

async function deliver(play: Play, { headers, body }: Captured): Promise<number> {
  const url = `http://127.0.0.1:${play.stack.ports.api}/webhooks/plane`;
  return (await play.call('POST', url, { headers, body })).status;
}

function storm(play: Play, delivery: Captured): Promise<readonly number[]> {
  return Promise.all(Array.from({ length: STORM }, () => deliver(play, delivery)));
}

async function expectNothing(play: Play, { id }: Asked): Promise<void> {
  const names = new RegExp(`\\b${id}\\b`);
  await expect(play.client.workflow.getHandle(taskWorkflowId(id)).describe()).rejects.toMatchObject(
    { name: 'WorkflowNotFoundError' },
  );
  const { refs, pulls } = await play.forge();
  expect([...refs, ...pulls].filter((ref) => names.test(ref))).toEqual([]);
  expect((await play.chatTexts()).filter((text) => names.test(text))).toEqual([]);
}

async function countRuns(play: Play, { id }: Asked): Promise<number> {
  const query = `WorkflowId = '${taskWorkflowId(id)}'`;
  return (await play.client.workflow.count(query)).count;
}

async function expectCleanEnd(play: Play, task: Asked, view: TaskView): Promise<void> {
  const played = { ...task, view, boardState: 'Done' };
  await expectProven(play.stack, played);
  await expectNothingDoubled(play.stack, played);
}

/** What must not depend on how webhooks came. */
function outline(view: TaskView): object {
  const { stage, track, returns, escalated, notes } = view;
  return {
    ...{ stage, track, returns, escalated, notes },
    visits: view.visits.map((visit) => visit.stage),
    runs: view.runs.map(({ role, end }) => `${role} ${end}`),
    evidence: view.evidence.map(({ document }) => document),
  };
}
