import assert from 'node:assert/strict';
import test from 'node:test';
import { findRoute, matchPath } from '../../src/router.js';

const routes = [
  { method: 'GET', path: '/notes' },
  { method: 'GET', path: '/notes/:id' },
];

test('a path gives its params', () => {
  assert.deepEqual(matchPath('/notes/:id', '/notes/7'), { id: '7' });
  assert.equal(matchPath('/notes/:id', '/notes'), null);
  assert.equal(matchPath('/notes', '/other'), null);
});

test('a route is found by method and path', () => {
  assert.equal(findRoute(routes, 'GET', '/notes/7').route, routes[1]);
});

test('an unknown path is 404, another method of a known path is 405', () => {
  assert.throws(() => findRoute(routes, 'GET', '/other'), { status: 404 });
  assert.throws(() => findRoute(routes, 'POST', '/notes/7'), { status: 405 });
});
