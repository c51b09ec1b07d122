import assert from 'node:assert/strict';
import test from 'node:test';
import { startService } from '../start-service.js';

test('the service is healthy and names its revision', async (t) => {
  const { call } = await startService(t, { revision: 'abc1234' });
  assert.deepEqual(await call('GET', '/health'), { status: 200, body: { status: 'ok' } });
  assert.deepEqual(await call('GET', '/version'), { status: 200, body: { revision: 'abc1234' } });
});

test('the front page lists every route', async (t) => {
  const { call } = await startService(t);
  const { body } = await call('GET', '/');
  for (const route of ['GET /', 'GET /health', 'GET /version', 'POST /notes', 'GET /notes/:id']) {
    assert.ok(body.routes.includes(route), route);
  }
});

test('an unknown path is 404 and another method 405, both with a reason', async (t) => {
  const { call } = await startService(t);
  const unknown = await call('GET', '/nowhere');
  assert.equal(unknown.status, 404);
  assert.match(unknown.body.error, /nothing at/);
  assert.equal((await call('DELETE', '/health')).status, 405);
});
