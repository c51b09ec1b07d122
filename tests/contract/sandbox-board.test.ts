import { createHmac } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startWebhookReceiver } from '../world/webhook-receiver.ts';
import type { WebhookReceiver } from '../world/webhook-receiver.ts';
import { property, resultsOf, startBoard } from './board-session.ts';
import type { BoardSession } from './board-session.ts';
import { IdMap, maskTimes, readRecorded } from './recorded-exchange.ts';

const RECORDED_PROJECT = '6e689e6b-5513-467c-b7a8-c24c8871cae6';
const STATES = [
  { name: 'Backlog', group: 'backlog' },
  { name: 'To Analyse', group: 'unstarted' },
  { name: 'Analysis', group: 'started' },
  { name: 'In Review', group: 'started' },
  { name: 'Approved', group: 'unstarted' },
  { name: 'Rejected', group: 'unstarted' },
  { name: 'Architecture', group: 'started' },
  { name: 'STOP', group: 'cancelled' },
  { name: 'Done', group: 'completed' },
  { name: 'Cancelled', group: 'cancelled' },
];

describe('the sandbox board beside a recorded session of the real one', () => {
  const ids = new IdMap();
  let receiver: WebhookReceiver;
  let board: BoardSession;
  let stateIds: Record<string, unknown>;

  beforeAll(async () => {
    receiver = await startWebhookReceiver();
    board = await startBoard({
      users: [{ name: 'stream', bot: true }, { name: 'human' }],
      project: { identifier: 'NT', name: 'Notes', members: ['stream', 'human'], states: STATES },
      webhookUrl: receiver.url,
    });
    ids.learn(RECORDED_PROJECT, board.projectPath.split('/').at(-2));
    const states = resultsOf(await board.project('human', 'GET states/'));
    stateIds = Object.fromEntries(
      states.map(({ name, id }) => [name, id] as const),
    ) as typeof stateIds;
  });

  afterAll(async () => {
    await board[Symbol.asyncDispose]();
    await receiver[Symbol.asyncDispose]();
  });

  const moveSecondItem = async (as: string, state: string) => {
    const second = await board.api(as, 'GET workspaces/acme/work-items/NT-2/');
    const path = `work-items/${String(property(second, 'id'))}/`;
    await board.project(as, `PATCH ${path}`, { state: stateIds[state] });
    await board.webhooksSettled();
  };

  // What was done to the real board between two recorded calls.
  const unrecorded: Record<string, () => Promise<unknown>> = {
    '05-create-label.json': () =>
      board.project('human', 'POST labels/', { name: 'Bug', color: '#f00' }),
    '08-create-work-item.json': async () => {
      const [label] = resultsOf(await board.project('human', 'GET labels/'));
      const name = 'Тест <1m: health endpoint';
      const description_html = '<p>Please add <b>/health</b></p>';
      await board.project('human', 'POST work-items/', {
        name,
        description_html,
        labels: [label?.['id']],
      });
    },
    '13-list-activities.json': () => moveSecondItem('human', 'To Analyse'),
    '14-list-activities-page.json': async () => {
      await moveSecondItem('human', 'STOP');
      await moveSecondItem('human', 'Approved');
      await moveSecondItem('stream', 'In Review');
    },
  };

  const exchanges = readRecorded('plane/rest').filter(({ file }) => !file.startsWith('32'));
  it.each(exchanges)('answers as recorded in $file', async ({ file, request, ...recorded }) => {
    await unrecorded[file]?.();
    const { method, path, as, body } = ids.translate(request);
    const line = `${method} ${path.replace('/api/v1/', '')}`;
    const answer = await board.api(as, line, body ?? undefined);
    await board.webhooksSettled();
    ids.learn(recorded.body, answer.body);
    expect(maskTimes(answer.body)).toEqual(maskTimes(ids.translate(recorded.body)));
    expect(answer.status).toBe(recorded.status);
    for (const name of Object.keys(recorded.headers)) {
      expect(answer.headers.get(name), name).toMatch(/^(\d+|application\/json)$/);
    }
  });

  const deliveries = readRecorded('plane/webhooks') as unknown as {
    file: string;
    body: { event: string; action: string; activity: { field: string | null } };
  }[];
  it.each(deliveries.filter(({ file }) => !file.startsWith('ui-')))(
    'has sent a webhook like the recorded $file',
    ({ body: recorded }) => {
      const isAlike = ({ event, action, activity }: typeof recorded) =>
        event === recorded.event &&
        action === recorded.action &&
        activity.field === recorded.activity.field;
      const bodies = receiver.received.map(
        ({ rawBody }) => JSON.parse(rawBody.toString()) as typeof recorded,
      );
      const alike = bodies.filter(isAlike);
      // The recording is about the second item; the first creation is the first item's.
      const sent =
        recorded.event === 'issue' && recorded.action === 'created' ? alike[1] : alike[0];
      ids.learn(recorded, sent);
      expect(maskTimes(sent)).toEqual(maskTimes(ids.translate(recorded)));
    },
  );

  it('signs the exact bytes, written as Python writes JSON, and names every attempt anew', () => {
    expect(receiver.received.length).toBeGreaterThan(5);
    for (const { headers, rawBody } of receiver.received) {
      const signature = createHmac('sha256', 'plane_wh_test').update(rawBody).digest('hex');
      expect(headers['x-plane-signature']).toBe(signature);
      expect(headers['user-agent']).toBe('Autopilot');
      expect(rawBody.toString()).toMatch(/^\{"event": "issue(_comment)?", "action": "/);
      expect(rawBody.toString()).toMatch(/^[\x20-\x7e]*$/);
    }
    const names = receiver.received.map(({ headers }) => headers['x-plane-delivery']);
    expect(new Set(names).size).toBe(names.length);
  });

  it('names the field state_id when a person moves the item on the page', async () => {
    const people = (await board.project('human', 'GET members/')).body as { id: string }[];
    const recorded = deliveries.find(({ file }) => file.startsWith('ui-'))?.body;
    const state = String(stateIds['Rejected']);
    const form = { as: String(people[1]?.id), state };
    const before = receiver.received.length;
    expect((await board.submit('/acme/browse/NT-2/state', form)).status).toBe(303);
    await board.webhooksSettled();
    expect(receiver.received.length).toBe(before + 1);
    const sent = JSON.parse(String(receiver.received.at(-1)?.rawBody)) as {
      activity: Record<string, unknown>;
    };
    expect(sent.activity).toMatchObject({
      field: 'state_id',
      new_value: state,
      new_identifier: null,
    });
    expect(Object.keys(sent.activity)).toEqual(Object.keys(recorded?.activity ?? {}));
  });
});
