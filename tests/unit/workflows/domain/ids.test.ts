import { describe, expect, it } from 'vitest';
import {
  branchOf,
  documentsOf,
  lifeOf,
  toRepoSlug,
  toSha,
  toTaskId,
} from '../../../../workflows/domain/ids.ts';

const id = toTaskId('NOTE-1');

describe('a work item id', () => {
  it.each(['NOTE-1', 'N-12', 'ET2-999999999', 'ABCDEFGHIJKL-7'])('is taken: %s', (value) => {
    expect(toTaskId(value)).toBe(value);
  });

  it.each([
    ['', 'empty'],
    ['note-1', 'lower case'],
    ['NOTE', 'no number'],
    ['NOTE-0', 'number zero'],
    ['NOTE-01', 'leading zero, a second spelling of NOTE-1'],
    ['NOTE-1-2', 'a second number'],
    ['NOTE-1 ', 'a blank'],
    ['NOTE-1\n', 'a line end'],
    ['../NOTE-1', 'a path'],
    ['1NOTE-1', 'prefix begins with a digit'],
    ['ABCDEFGHIJKLM-1', 'prefix of 13'],
    ['NOTE-1234567890', 'ten digits'],
  ])('is refused: %j (%s)', (value) => {
    expect(() => toTaskId(value)).toThrow('not a work item id');
  });
});

describe('a git object name', () => {
  it('is 40 lower-case hex characters and nothing else', () => {
    const sha = '0123456789abcdef0123456789abcdef01234567';
    expect(toSha(sha)).toBe(sha);
    for (const wrong of ['', 'main', sha.slice(1), `${sha}0`, sha.toUpperCase(), `${sha}\n`]) {
      expect(() => toSha(wrong), JSON.stringify(wrong)).toThrow('not a git object name');
    }
  });
});

describe('a repository', () => {
  it.each(['acme/notes', 'a/b', 'Acme-2/notes.web_site'])('is taken: %s', (value) => {
    expect(toRepoSlug(value)).toBe(value);
  });

  it.each([
    'notes',
    'acme/',
    '/notes',
    'acme/notes/x',
    'acme/..',
    '../notes',
    'acme/-x',
    'acme/no tes',
    'acme/notes\n',
    'https://forge/acme/notes',
  ])('is refused: %j', (value) => {
    expect(() => toRepoSlug(value)).toThrow('not a repository');
  });
});

describe('a branch', () => {
  it.each([
    ['Add a health endpoint', 'feature/NOTE-1-add-a-health-endpoint'],
    ['  "Fix": the  /bug/ #3!  ', 'feature/NOTE-1-fix-the-bug-3'],
    ['Crème brûlée', 'feature/NOTE-1-creme-brulee'],
    ['Добавить страницу', 'feature/NOTE-1'],
    ['..//~^:?*[\\', 'feature/NOTE-1'],
    ['-rf --force', 'feature/NOTE-1-rf-force'],
    ['x'.repeat(200), `feature/NOTE-1-${'x'.repeat(30)}`],
    [`${'x'.repeat(29)} yes`, `feature/NOTE-1-${'x'.repeat(29)}`],
  ])('is named after the item and its title: %j', (title, branch) => {
    expect(branchOf(id, title, 1)).toBe(branch);
  });

  it('carries the generation from the second life on', () => {
    expect(branchOf(id, 'Title', 2)).toBe('feature/NOTE-1-title-g2');
    expect(branchOf(id, '', 3)).toBe('feature/NOTE-1-g3');
  });

  it('ET-006: is never shared by two items, whatever their titles', () => {
    const ids = ['NOTE-1', 'NOTE-2', 'NOTE-11', 'NOTE-12', 'NOT-1', 'N-1'].map(toTaskId);
    const titles = ['', '1', '2', '1-2', 'g2', 'NOTE-2', '-1', 'e-1'];
    const owners = new Map<string, string>();
    for (const owner of ids) {
      for (const title of titles) {
        for (const generation of [1, 2, 3]) {
          const branch = branchOf(owner, title, generation);
          expect(owners.get(branch) ?? owner, branch).toBe(owner);
          owners.set(branch, owner);
        }
      }
    }
  });

  it('is one plain git ref whatever the title', () => {
    const titles = Array.from({ length: 0x3000 }, (_, code) => `a${String.fromCharCode(code)}b`);
    const branches = titles.map((title) => branchOf(id, title, 1));
    const isPlain = (branch: string) => /^feature\/NOTE-1-[a-z0-9]+(-[a-z0-9]+)*$/.test(branch);
    expect(branches.filter((branch) => !isPlain(branch))).toEqual([]);
  });
});

describe('a life', () => {
  it('is the first run and the generation, so a restart and a fresh start both make a new one', () => {
    expect(lifeOf('run-1', 1)).toBe('run-1.1');
    expect(new Set([lifeOf('run-1', 1), lifeOf('run-1', 2), lifeOf('run-2', 1)]).size).toBe(3);
  });
});

describe('the documents of a task', () => {
  it('live in a folder of its own', () => {
    expect(documentsOf(id)).toBe('docs/work-items/NOTE-1');
  });
});
