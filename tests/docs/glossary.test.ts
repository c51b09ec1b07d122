import { describe, expect, it } from 'vitest';
import { GESTURES } from '../../workflows/domain/gestures.ts';
import { ROLES, STAGES } from '../../workflows/domain/stages.ts';
import { readPage, readTable } from './markdown.ts';

/* That a word's home exists and holds its name is checked for every page in pages.test.ts. */
describe('the glossary', () => {
  const rows = readTable(readPage('docs/glossary.md'), 'Glossary');
  const words = rows.map(([word = '']) => word);

  it('has each word once, in alphabetical order', () => {
    expect(words).toEqual([...new Set(words)].sort((a, b) => a.localeCompare(b, 'en')));
  });

  it('leads to code by name wherever it leads', () => {
    const homes = rows.map(([, , home = '']) => home).filter((home) => home !== '');
    expect(homes.filter((home) => !/^\[`\w+`\]\(\.\.\/\S+\.ts\)$/.test(home))).toEqual([]);
    expect(homes.length).toBeGreaterThan(40);
  });

  it('gives no word a second meaning: stages, roles and gestures are not redefined', () => {
    const taken = [...Object.keys(STAGES), ...ROLES, ...GESTURES].map((name) => name.toLowerCase());
    expect(words.filter((word) => taken.includes(word))).toEqual([]);
  });
});
