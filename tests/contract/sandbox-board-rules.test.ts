import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { startWebhookReceiver } from '../world/webhook-receiver.ts';
import type { WebhookReceiver } from '../world/webhook-receiver.ts';
import { property, resultsOf, startBoard } from './board-session.ts';
import type { BoardSession } from './board-session.ts';

const SEED = {
  users: [{ name: 'anna' }, { name: 'boris' }, { name: 'stream', bot: true }],
  project: { identifier: 'NOTE', name: 'Notes', members: ['anna', 'stream'], labels: ['Bug'] },
};

describe('the rules of the sandbox board', () => {
  let receiver: WebhookReceiver;
  let board: BoardSession;
  let stateIds: Record<string, string>;

  beforeAll(async () => {
    receiver = await startWebhookReceiver();
    board = await startBoard({ ...SEED, webhookUrl: receiver.url });
    const states = resultsOf(await board.project('anna', 'GET states/'));
    stateIds = Object.fromEntries(states.map(({ name, id }) => [String(name), String(id)]));
  });

  afterAll(async () => {
    await board[Symbol.asyncDispose]();
    await receiver[Symbol.asyncDispose]();
  });

  const newItem = async (name: string) => {
    const answer = await board.project('anna', 'POST work-items/', { name });
    await board.webhooksSettled();
    return String(property(answer, 'id'));
  };
  const deliveredFields = (itemId: string) =>
    receiver.received
      .map(({ rawBody }) => JSON.parse(rawBody.toString()) as Delivered)
      .filter(({ data }) => data.id === itemId)
      .map(({ activity, data }) => [activity.field, data.name, data.state?.name]);

  it('redirects a path without its last slash, for reads and writes alike', async () => {
    for (const method of ['GET', 'POST']) {
      const answer = await board.project('anna', `${method} work-items?per_page=1`);
      expect(answer.status).toBe(301);
      expect(answer.headers.get('Location')).toMatch(/work-items\/\?per_page=1$/);
    }
  });

  it('tells a missing key (401) from a wrong one (403) and from no membership (403)', async () => {
    expect((await board.api(null, 'GET users/me/')).status).toBe(401);
    const wrong = await board.api('nobody', 'GET users/me/');
    expect([wrong.status, wrong.body]).toEqual([403, { detail: 'Given API token is not valid' }]);
    for (const line of ['GET work-items/', 'POST work-items/', 'GET states/']) {
      expect((await board.project('boris', line)).status, line).toBe(403);
    }
    await newItem('private');
    expect((await board.api('boris', 'GET workspaces/acme/work-items/NOTE-1/')).status).toBe(404);
  });

  it('serves items under both names, relations under the new one only', async () => {
    const id = await newItem('twice');
    expect((await board.project('anna', `GET issues/${id}/`)).status).toBe(200);
    expect((await board.project('anna', `GET work-items/${id}/relations/`)).status).toBe(200);
    expect((await board.project('anna', `GET issues/${id}/relations/`)).status).toBe(404);
  });

  it('refuses bad content field by field', async () => {
    const none = '00000000-0000-0000-0000-000000000000';
    const body = { name: '', point: 13, priority: 'max', labels: [none], start_date: 'soon' };
    const answer = await board.project('anna', 'POST work-items/', body);
    expect(answer.status).toBe(400);
    expect(answer.body).toEqual({
      name: ['This field may not be blank.'],
      point: ['Ensure this value is less than or equal to 12.'],
      priority: ['"max" is not a valid choice.'],
      labels: { 0: [`Invalid pk "${none}" - object does not exist.`] },
      start_date: ['Date has wrong format. Use one of these formats instead: YYYY-MM-DD.'],
    });
  });

  it('pages by cursor until there is no next page, and refuses pages over 1000', async () => {
    for (const name of ['p1', 'p2', 'p3']) await newItem(name);
    const total = Number(property(await board.project('anna', 'GET work-items/'), 'total_count'));
    const names: unknown[] = [];
    let cursor: unknown = '2:0:0';
    for (let more: unknown = true; more === true;) {
      const line = `GET work-items/?per_page=2&order_by=sequence_id&cursor=${String(cursor)}`;
      const page = await board.project('anna', line);
      names.push(...resultsOf(page).map(({ name }) => name));
      cursor = property(page, 'next_cursor');
      more = property(page, 'next_page_results');
    }
    expect(names.length).toBe(total);
    expect(names.slice(-3)).toEqual(['p1', 'p2', 'p3']);
    expect((await board.project('anna', 'GET work-items/?per_page=1001')).status).toBe(400);
  });

  it('finds an item by its external pair and trims to the wanted fields', async () => {
    const pair = { external_source: 'orch', external_id: 'x 1' };
    await board.project('anna', 'POST work-items/', { name: 'paired', ...pair });
    const line =
      'GET work-items/?external_source=orch&external_id=x%201&fields=name,state&expand=state';
    const { body } = await board.project('anna', line);
    expect(body).toEqual({
      name: 'paired',
      state: expect.objectContaining({ name: 'Backlog' }) as unknown,
    });
    expect((await board.project('anna', line.replace('x%201', 'x2'))).status).toBe(404);
  });

  it('sends one webhook a changed field, each with the final data, and none for what stayed', async () => {
    const id = await newItem('before');
    const state = stateIds['To Analyse'];
    const line = `PATCH work-items/${id}/`;
    await board.project('anna', line, { name: 'after', state, priority: 'none' });
    await board.webhooksSettled();
    expect(deliveredFields(id)).toEqual([
      [null, 'before', 'Backlog'],
      ['name', 'after', 'To Analyse'],
      ['state', 'after', 'To Analyse'],
    ]);
  });

  it('shows a change in the activity log only after the set lag, and then with its own time', async () => {
    const id = await newItem('lagging');
    await board.control('activity-lag', { ms: 1500 });
    const move = { state: stateIds['Approved'] };
    await board.project('anna', `PATCH work-items/${id}/`, move);
    await board.control('activity-lag', { ms: 0 });
    const line = `GET work-items/${id}/activities/?order_by=-created_at`;
    expect(resultsOf(await board.project('anna', line)).map(({ field }) => field)).toEqual([null]);
    await vi.waitFor(async () => {
      const [newest] = resultsOf(await board.project('anna', line));
      expect(newest).toMatchObject({ field: 'state', old_value: 'Backlog', new_value: 'Approved' });
    }, 10_000);
  });

  it('drops, duplicates, reorders and mutes webhooks when told to', async () => {
    const id = await newItem('switched');
    const heard = async (switches: object, ...changes: object[]) => {
      const before = deliveredFields(id).length;
      await board.control('webhooks', switches);
      for (const change of changes) await board.project('anna', `PATCH work-items/${id}/`, change);
      await board.webhooksSettled();
      return deliveredFields(id)
        .slice(before)
        .map(([field]) => field);
    };
    expect(await heard({ dropNext: 1 }, { name: 'one' }, { point: 1 })).toEqual(['point']);
    expect(await heard({ duplicate: 3 }, { point: 2 })).toEqual(['point', 'point', 'point']);
    const three = { name: 'two', point: 3, priority: 'high' };
    const newestFirst = ['point', 'priority', 'name'];
    expect(await heard({ duplicate: 1, reorder: true }, three)).toEqual(newestFirst);
    expect(await heard({ reorder: false, off: true }, { name: 'unheard' })).toEqual([]);
    expect(await heard({ off: false, delayMs: 50 }, { name: 'late' })).toEqual(['name']);
    await board.control('webhooks', { delayMs: 0 });
  });

  it('breaks the next matching calls on demand, and can do the work yet cut the line', async () => {
    await board.control('faults', {
      kind: 'status',
      status: 502,
      times: 2,
      match: { path: 'users/me' },
    });
    expect((await board.project('anna', 'GET labels/')).status).toBe(200);
    expect((await board.api('anna', 'GET users/me/')).status).toBe(502);
    expect((await board.api('anna', 'GET users/me/')).status).toBe(502);
    expect((await board.api('anna', 'GET users/me/')).status).toBe(200);
    await board.control('faults', {
      kind: 'drop-answer',
      match: { method: 'POST', path: 'labels' },
    });
    await expect(board.project('anna', 'POST labels/', { name: 'cut' })).rejects.toThrow(
      'fetch failed',
    );
    expect((await board.project('anna', 'POST labels/', { name: 'cut' })).status).toBe(409);
  });

  it('shows pages whose texts are escaped and whose forms act as the chosen person', async () => {
    const { body } = await board.api('anna', 'GET users/me/');
    const anna = (body as { id: string }).id;
    const form = {
      as: anna,
      name: '<script>alert(1)</script>',
      description: 'first\nScenario: bug',
    };
    const created = await board.submit('/acme/projects/NOTE/items', form);
    expect(created.status).toBe(303);
    const path = created.headers.get('Location') ?? '';
    await board.submit(`${path}comments`, { as: anna, text: 'so <b>be it' });
    const page = await (await fetch(board.url + path)).text();
    expect(page).toContain('&lt;script&gt;alert(1)&lt;/script&gt;');
    expect(page).not.toContain('<script>alert');
    expect(page).toContain('<p>first</p><p>Scenario: bug</p>');
    expect(page).toContain('so &lt;b&gt;be it');
    expect((await board.submit(`${path}state`, { as: 'stranger', state: '' })).status).toBe(400);
    const state = stateIds['Approved'] ?? '';
    expect((await board.submit(`${path}state`, { as: 'stranger', state })).status).toBe(403);
  });
});

it('the sandbox board allows so many calls a minute a key and then says only when to come back', async () => {
  await using board = await startBoard({ ...SEED, rateLimitPerMinute: 4 });
  // One call was spent on opening the session.
  const remaining: (string | null)[] = [];
  for (let call = 0; call < 3; call += 1) {
    const allowed = await board.api('anna', 'GET users/me/');
    remaining.push(allowed.headers.get('X-RateLimit-Remaining'));
  }
  expect(remaining).toEqual(['2', '1', '0']);
  const refused = await board.api('anna', 'GET users/me/');
  expect(refused.status).toBe(429);
  expect(refused.body).toEqual({ error_code: 5900, error_message: 'RATE_LIMIT_EXCEEDED' });
  expect(Number(refused.headers.get('Retry-After'))).toBeGreaterThan(0);
  expect(refused.headers.get('X-RateLimit-Remaining')).toBeNull();
  expect((await board.api('stream', 'GET users/me/')).status).toBe(200);
});

it('the sandbox board keeps its state over a restart, and seeding again changes nothing', async () => {
  const first = await startBoard(SEED);
  await first.project('anna', 'POST work-items/', { name: 'kept' });
  const before = await readState(first);
  await using second = await first.restart();
  expect(await readState(second)).toEqual({ ...before, deliveries: expect.anything() as unknown });
});

interface Delivered {
  data: { id: string; name: string; state?: { name: string } };
  activity: { field: string | null };
}

async function readState({ url }: BoardSession): Promise<object> {
  const response = await fetch(`${url}/_sandbox/state`);
  return (await response.json()) as object;
}
