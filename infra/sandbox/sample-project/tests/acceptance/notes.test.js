import assert from 'node:assert/strict';
import test from 'node:test';
import { startService } from '../start-service.js';

test('a note is created, read, listed and removed', async (t) => {
  const { call } = await startService(t);
  const created = await call('POST', '/notes', { title: 'Milk', text: 'two bottles' });
  assert.equal(created.status, 201);
  const { id } = created.body;

  assert.deepEqual(await call('GET', `/notes/${id}`), { status: 200, body: created.body });
  assert.deepEqual(await call('GET', '/notes'), {
    status: 200,
    body: { notes: [created.body], total: 1 },
  });
  assert.deepEqual(await call('DELETE', `/notes/${id}`), { status: 204, body: null });
  assert.equal((await call('GET', `/notes/${id}`)).status, 404);
});

test('a list is as long as its limit, newest first', async (t) => {
  const { call } = await startService(t);
  for (const title of ['one', 'two', 'three']) await call('POST', '/notes', { title });
  const { body } = await call('GET', '/notes?limit=2');
  assert.deepEqual(
    body.notes.map(({ title }) => title),
    ['three', 'two'],
  );
  assert.equal(body.total, 3);
});

test('a bad note or a bad limit is 400 with a reason, a huge body 413', async (t) => {
  const { call } = await startService(t);
  assert.equal((await call('POST', '/notes', { text: 'no title' })).status, 400);
  assert.equal((await call('POST', '/notes', 'not json')).status, 400);
  assert.equal((await call('GET', '/notes?limit=0')).status, 400);
  assert.equal((await call('POST', '/notes', { title: 'x'.repeat(70_000) })).status, 413);
});
