import { globSync } from 'node:fs';
import { basename } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readPage } from './markdown.ts';

const files = globSync('docs/adr/[0-9]*.md').sort();
const headingsOf = (path: string): string[] =>
  [...readPage(path).text.matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) => heading);

describe('the decisions', () => {
  it('are numbered without a gap', () => {
    const numbers = files.map((file) => Number(basename(file).slice(0, 4)));
    expect(numbers).toEqual(files.map((_, index) => index + 1));
  });

  it('are all in the index, in order, by their title', () => {
    const listed = readPage('docs/adr/README.md').links.filter(({ target }) => /^\d/.test(target));
    const pages = files.map((file) => ({ text: headingsOf(file)[0], target: basename(file) }));
    expect(listed.map(({ text, target }) => ({ text, target }))).toEqual(pages);
  });

  it.for(files)('%s has its number, context, decision, rejected and consequence', (file) => {
    const [title, ...sections] = headingsOf(file);
    expect(title?.slice(0, 5)).toBe(`${basename(file).slice(0, 4)} `);
    expect(sections).toEqual(['Context', 'Decision', 'Rejected', 'Consequence']);
  });
});
