import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { pino } from 'pino';
import { afterEach, describe, expect, it } from 'vitest';
import { createApp } from '../../api/app.ts';
import type { ApiDeps } from '../../api/app.ts';
import type { Hint } from '../../api/hint.ts';
import { createMetrics } from '../../api/metrics.ts';
import type { TaskListing } from '../../api/task-listing.ts';
import { readDelivery } from '../unit/api/recorded-delivery.ts';
import { NOTES } from '../unit/api/sample-projects.ts';

const SECRETS = { plane: 'plane_wh_test', gitea: 's3cret' };
const servers: Server[] = [];

afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

/** The real app on a port of its own; only Temporal, ledger and clock are the test's. */
async function startApi(change: Partial<ApiDeps> = {}) {
  const sent: Hint[] = [];
  const deps: ApiDeps = {
    signals: {
      send(hint) {
        sent.push(hint);
        return Promise.resolve('sent');
      },
    },
    pace: () => Promise.resolve(),
    projects: () => [NOTES],
    secrets: SECRETS,
    bots: { boardUserIds: ['our-bot'], forgeLogins: ['orchestrator'] },
    version: '1.2.3',
    checkReadiness: () => Promise.resolve([{ name: 'temporal', reason: null }]),
    notices: () => [],
    listTasks: () => Promise.resolve([]),
    readDocument: () => Promise.resolve(null),
    metrics: createMetrics(() => false),
    log: pino({ level: 'silent' }),
    ...change,
  };
  const server = createApp(deps).listen(0, '127.0.0.1');
  servers.push(server);
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const get = (path: string) => fetch(`${url}${path}`);
  return { url, sent, get, metrics: async () => (await get('/metrics')).text() };
}

const sign = (body: string | Buffer, secret: string) =>
  createHmac('sha256', secret).update(body).digest('hex');

/** Sends a board delivery, signed with the right secret unless `signature` says otherwise. */
function deliver(url: string, body: string | Buffer, signature = sign(body, SECRETS.plane)) {
  return fetch(`${url}/webhooks/plane`, {
    method: 'POST',
    body: new Uint8Array(Buffer.from(body)),
    headers: { 'Content-Type': 'application/json', 'X-Plane-Signature': signature },
  });
}

const startDelivery = () => JSON.stringify(readDelivery('plane', 'issue-updated-state').body);

describe('the webhook of the board', () => {
  it('answers 202 with the hint once it was acknowledged', async () => {
    const api = await startApi();
    const answer = await deliver(api.url, startDelivery());
    expect(answer.status).toBe(202);
    expect(await answer.json()).toEqual({ hint: 'task:NT-2 boardChanged' });
    expect(api.sent).toMatchObject([{ kind: 'start', input: { id: 'NT-2' } }]);
  });

  it('a forged or missing signature is 401 and causes nothing', async () => {
    const api = await startApi();
    for (const signature of ['', 'f'.repeat(64), sign('{}', SECRETS.plane)]) {
      expect((await deliver(api.url, startDelivery(), signature)).status).toBe(401);
    }
    expect((await fetch(`${api.url}/webhooks/plane`, { method: 'POST' })).status).toBe(401);
    expect(api.sent).toEqual([]);
    expect(await api.metrics()).toContain(
      'webhook_received_total{source="plane",result="bad_signature"} 4',
    );
  });

  it('a body over 1 MB is 413, whoever signed it', async () => {
    const api = await startApi();
    const answer = await deliver(api.url, Buffer.alloc(1024 * 1024 + 1, 0x20));
    expect(answer.status).toBe(413);
    expect(await answer.json()).toEqual({ error: 'the body is over 1 MB' });
    expect(await api.metrics()).toContain('result="too_large"} 1');
  });

  it.each([
    ['{"event": ', /^the body is not JSON: /],
    ['{"event": "issue"}', /^the payload is not what plane sends: action: /],
    ['[]', /^the payload is not what plane sends/],
  ])('%s is 400 with one clear error', async (body, error) => {
    const api = await startApi();
    const answer = await deliver(api.url, body);
    expect(answer.status).toBe(400);
    expect(await answer.json()).toEqual({ error: expect.stringMatching(error) as string });
    expect(api.sent).toEqual([]);
  });

  it('says 503 with Retry-After while Temporal does not acknowledge', async () => {
    const api = await startApi({ signals: { send: () => Promise.reject(new Error('away')) } });
    const answer = await deliver(api.url, startDelivery());
    expect(answer.status).toBe(503);
    expect(answer.headers.get('Retry-After')).toBe('5');
    expect(await api.metrics()).toContain('orch_signals_total{result="failed"} 1');
  });

  it('is content when there is no task to hint', async () => {
    const api = await startApi({ signals: { send: () => Promise.resolve('no task') } });
    const answer = await deliver(api.url, startDelivery());
    expect([answer.status, await answer.json()]).toEqual([202, { hint: 'no task' }]);
  });

  it('I16: an unknown project is counted, said, and causes nothing', async () => {
    const api = await startApi({ projects: () => [] });
    const answer = await deliver(api.url, startDelivery());
    expect(answer.status).toBe(202);
    expect(await answer.json()).toEqual({
      ignored: expect.stringMatching(/^unknown-project: /) as string,
    });
    expect(api.sent).toEqual([]);
    expect(await api.metrics()).toContain('result="unknown_project"} 1');
  });

  it('I2: what our own bots wrote causes nothing', async () => {
    const { body } = readDelivery('plane', 'issue-updated-state');
    const echo = JSON.stringify({ ...body, activity: { actor: { id: 'our-bot' } } });
    const api = await startApi();
    expect((await deliver(api.url, echo)).status).toBe(202);
    expect(api.sent).toEqual([]);
  });

  it('I3: a hundred deliveries at once share a few signals', async () => {
    const all = Promise.withResolvers<'sent'>();
    let arrived = 0;
    let calls = 0;
    const api = await startApi({
      // Asked once a delivery, right before its hint is handed over.
      projects: () => {
        arrived += 1;
        if (arrived === 100)
          setImmediate(() => {
            all.resolve('sent');
          });
        return [NOTES];
      },
      signals: {
        send() {
          calls += 1;
          return all.promise;
        },
      },
    });
    const body = startDelivery();
    const answers = await Promise.all(Array.from({ length: 100 }, () => deliver(api.url, body)));
    expect(new Set(answers.map((answer) => answer.status))).toEqual(new Set([202]));
    expect(calls).toBe(2);
  });
});

describe('the webhook of the forge', () => {
  const deliverForge = (url: string, event: string, body: string) =>
    fetch(`${url}/webhooks/gitea`, {
      method: 'POST',
      body,
      headers: { 'X-Gitea-Event': event, 'X-Gitea-Signature': sign(body, SECRETS.gitea) },
    });

  it('hints the task of a branch, and the lane of a status', async () => {
    const api = await startApi();
    const push = JSON.stringify(readDelivery('gitea', 'push').body);
    const status = JSON.stringify(readDelivery('gitea', 'status-success').body);
    const answers = [
      await deliverForge(api.url, 'push', push),
      await deliverForge(api.url, 'status', status),
    ];
    expect(await Promise.all(answers.map((answer) => answer.json()))).toEqual([
      { hint: 'task:NT-1 forgeChanged' },
      { hint: 'lane:dev/notes2654 statusReported' },
    ]);
  });

  it('takes no other system’s secret', async () => {
    const api = await startApi();
    const body = JSON.stringify(readDelivery('gitea', 'push').body);
    const answer = await fetch(`${api.url}/webhooks/gitea`, {
      method: 'POST',
      body,
      headers: { 'X-Gitea-Event': 'push', 'X-Gitea-Signature': sign(body, SECRETS.plane) },
    });
    expect(answer.status).toBe(401);
    expect(api.sent).toEqual([]);
  });
});

describe('the service routes', () => {
  const task: TaskListing = {
    id: 'NT-1',
    project: 'notes',
    title: '<script>alert("x")</script> & more',
    stage: 'development',
    waitingOn: 'ci',
    since: '2026-11-21T10:00:00.000Z',
    startedAt: '2026-11-21T09:00:00.000Z',
    endedAt: null,
    links: {
      item: 'http://board/acme/browse/NT-1/',
      pull: 'javascript:alert(1)',
      history: 'http://temporal/x?a=1&b="2"',
      card: null,
    },
  };

  it('/health is about the process, /ready about what it needs', async () => {
    const reason = 'connect ECONNREFUSED';
    const api = await startApi({
      checkReadiness: () => Promise.resolve([{ name: 'temporal', reason }]),
      listTasks: () => Promise.reject(new Error(reason)),
    });
    expect(await (await api.get('/health')).json()).toMatchObject({
      status: 'ok',
      version: '1.2.3',
    });
    const ready = await api.get('/ready');
    expect(ready.status).toBe(503);
    expect(await ready.json()).toMatchObject({ ready: false, checks: [{ reason }] });
    expect((await api.get('/status')).status).toBe(503);
  });

  it('/status lists the tasks', async () => {
    const api = await startApi({ listTasks: () => Promise.resolve([task]) });
    expect(await (await api.get('/status')).json()).toEqual({ tasks: [task], notices: [] });
  });

  it('ORCH-095: the page escapes every slot and links only web addresses', async () => {
    const api = await startApi({
      listTasks: () => Promise.resolve([task]),
      notices: () => ['<b>bad registry</b>'],
    });
    const answer = await api.get('/');
    expect(answer.headers.get('Content-Security-Policy')).toContain("default-src 'none'");
    const page = await answer.text();
    expect(page).toContain('&lt;script&gt;alert(&quot;x&quot;)&lt;/script&gt; &amp; more');
    expect(page).toContain('&lt;b&gt;bad registry');
    expect(page).toContain('href="http://temporal/x?a=1&amp;b=&quot;2&quot;"');
    expect(page).not.toMatch(/<script|javascript:/);
  });

  it('shows a stored document as plain text, and 404 for what is not there', async () => {
    const document = { name: '15-staging-log.md', body: '<h1>log</h1>' };
    const api = await startApi({
      readDocument: (id) => Promise.resolve(id === 'known' ? document : null),
    });
    const found = await api.get('/documents/known');
    expect(found.headers.get('Content-Type')).toBe('text/plain; charset=utf-8');
    expect(await found.text()).toBe('<h1>log</h1>');
    const missing = await api.get('/documents/other');
    expect(missing.status).toBe(404);
    expect(await missing.json()).toEqual({ error: 'there is no GET /documents/other' });
    expect((await api.get('/webhooks/plane')).status).toBe(404);
  });
});
