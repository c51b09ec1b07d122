import assert from 'node:assert/strict';
import test from 'node:test';
import { readLimit } from '../../src/limit.js';

const limitOf = (query) => readLimit(new URLSearchParams(query));

test('a limit is taken as given, and 20 when left out', () => {
  assert.equal(limitOf('limit=7'), 7);
  assert.equal(limitOf(''), 20);
});

for (const query of ['limit=0', 'limit=101', 'limit=-1', 'limit=2.5', 'limit=abc', 'limit=']) {
  test(`${query} is refused`, () => {
    assert.throws(() => limitOf(query), { status: 400 });
  });
}
