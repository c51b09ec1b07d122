import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, normalize } from 'node:path';
import { describe, expect, it } from 'vitest';
import { QUEUES } from '../../workflows/contract.ts';
import { readPage, readTable } from './markdown.ts';
import { drawStages } from './stage-diagram.ts';

const page = readPage('docs/architecture.md');
const codeIn = (cell = ''): string[] =>
  [...cell.matchAll(/`([^`]+)`/g)].map(([, code = '']) => code);

it('the stage diagram is what the stage table and decide say', () => {
  const drawn = page.blocks.map(({ body }) => body);
  expect(drawn.find((body) => body.startsWith('stateDiagram'))).toBe(drawStages());
});

it('the queue table has every queue and no other', () => {
  const queues = Object.entries(QUEUES).map(([name, queue]) =>
    typeof queue === 'string' ? queue : queue(name === 'deploy' ? '<target>' : '<host>'),
  );
  const listed = readTable(page, 'Queues').flatMap(([cell]) => codeIn(cell));
  expect(listed.sort()).toEqual(queues.sort());
});

it('the dependency table names every rule that is enforced and no other', () => {
  const { forbidden } = createRequire(import.meta.url)('../../.dependency-cruiser.cjs') as {
    forbidden: { name: string }[];
  };
  const listed = readTable(page, 'Who may import whom').flatMap(([, , rules]) => codeIn(rules));
  expect([...new Set(listed)].sort()).toEqual(forbidden.map(({ name }) => name).sort());
});

it('the refs it names are the ones that are pushed, and no other', () => {
  const pushed = readFileSync('activities/workspace/workspace.ts', 'utf8');
  const namesIn = (text: string): string[] =>
    [...text.matchAll(/refs\/orch\/(\w+)\//g)].map(([, name = '']) => name);
  expect([...new Set(namesIn(page.text))].sort()).toEqual([...new Set(namesIn(pushed))].sort());
});

describe('the invariants', () => {
  const rows = readTable(page, 'Invariants');

  it('are I1 to I18', () => {
    const numbers = Array.from({ length: 18 }, (_, index) => `I${index + 1}`);
    expect(rows.map(([number]) => number)).toEqual(numbers);
  });

  it.for(rows.map(([number = '', , proof = '']) => [number, proof] as const))(
    '%s names tests that exist by file and title, or says what is missing',
    ([, proof]) => {
      const labels = [...proof.matchAll(/\[[^\]]+\]\[([^\]]+)\]/g)].map(([, label]) => label);
      expect(labels.length > 0 || proof.startsWith('not yet: ')).toBe(true);
      for (const { target, title } of page.links.filter(({ text }) => labels.includes(text))) {
        const file = normalize(join(dirname(page.path), target));
        expect(file).toMatch(/^tests\/.+\.test\.ts$/);
        expect(readFileSync(file, 'utf8'), file).toContain(title ?? 'a title is missing');
      }
    },
  );
});
