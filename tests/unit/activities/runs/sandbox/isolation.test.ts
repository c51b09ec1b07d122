import { expect, it } from 'vitest';
import {
  sandboxOfAgent,
  sandboxOfCommand,
} from '../../../../../activities/runs/sandbox/isolation.ts';

const ISOLATION = {
  readable: ['/opt/agent'],
  endpoints: ['gateway.example.com:443'],
  memoryBytes: null,
};

it('an agent writes its tree and its home, reads what it is told by, and reaches its model', () => {
  const sandbox = sandboxOfAgent(ISOLATION, {
    tree: '/data/clones/a/tree',
    objects: '/data/repos/a.git/objects',
    home: '/data/runs/a/home',
    inputs: ['/data/runs/a/task.md'],
    endpoints: ['api.example.com:443'],
  });
  expect(sandbox).toMatchObject({
    writable: ['/data/clones/a/tree', '/data/runs/a/home'],
    readable: ['/opt/agent', '/data/repos/a.git/objects', '/data/runs/a/task.md'],
    network: {
      kind: 'proxied',
      hosts: ['api.example.com:443', 'gateway.example.com:443'],
      forwards: [],
    },
  });
});

it('a command of a project reaches nothing that is not named, not even the endpoints of agents', () => {
  const place = { writable: ['/data/tree'], objects: null };
  expect(sandboxOfCommand(ISOLATION, { ...place, hosts: [] })).toMatchObject({
    writable: ['/data/tree'],
    readable: ['/opt/agent'],
    network: { kind: 'none' },
  });
  const hosts = ['127.0.0.1:4000'];
  expect(sandboxOfCommand(ISOLATION, { ...place, objects: '/objects', hosts })).toMatchObject({
    readable: ['/opt/agent', '/objects'],
    network: { kind: 'proxied', hosts, forwards: [] },
  });
});
