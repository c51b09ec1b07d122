import { existsSync, globSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Link, Page } from './markdown.ts';
import { readPage, readPages } from './markdown.ts';

const pages = readPages();
const scripts = Object.keys(
  (JSON.parse(readFileSync('package.json', 'utf8')) as { scripts: object }).scripts,
);
const isLocal = ({ target }: Link) => !/^[a-z]+:/.test(target);

/** The file a local link leads to and the anchor in it, '' = none. */
function follow(page: Page, { target }: Link): { file: string; anchor: string } {
  const [path = '', anchor = ''] = target.split('#');
  return { file: path === '' ? page.path : normalize(join(dirname(page.path), path)), anchor };
}

describe.for(pages.map((page) => [page.path, page] as const))('%s', ([, page]) => {
  const local = page.links.filter(isLocal);

  it('links only to files that exist and headings they have', () => {
    const broken = local.filter((link) => {
      const { file, anchor } = follow(page, link);
      return !existsSync(file) || (anchor !== '' && !readPage(file).anchors.has(anchor));
    });
    expect(broken.map(({ target }) => target)).toEqual([]);
    expect(page.danglingLabels).toEqual([]);
  });

  it('names only code that the linked file holds', () => {
    const wrong = local.filter((link) => {
      const symbol = /^`([A-Za-z_]\w*)`$/.exec(link.text)?.[1];
      const { file } = follow(page, link);
      if (symbol === undefined || statSync(file).isDirectory()) return false;
      return !new RegExp(`\\b${symbol}\\b`).test(readFileSync(file, 'utf8'));
    });
    expect(wrong).toEqual([]);
  });

  it('names only files of the repository that exist', () => {
    const paths = page.code.filter((code) =>
      /^(workflows|activities|api|workers|infra|tests)\/[\w./-]*$/.test(code),
    );
    expect(paths.filter((path) => !existsSync(path))).toEqual([]);
  });

  it('names only npm scripts that exist', () => {
    const named = [...page.text.matchAll(/npm run ([\w:-]+)/g)].map(([, name = '']) => name);
    expect(named.filter((name) => !scripts.includes(name))).toEqual([]);
  });

  it('names only settings that exist', () => {
    const sources = ['.env.example', 'docker-compose.yml', 'infra/setup/main.mjs'];
    const known = sources.map((file) => readFileSync(file, 'utf8')).join('\n');
    const named = page.text.match(/\bORCH_[A-Z_]+[A-Z]\b(?!\*)/g) ?? [];
    expect(named.filter((name) => !new RegExp(`\\b${name}\\b`).test(known))).toEqual([]);
  });

  it('names no place that only one machine has', () => {
    expect(page.text.match(/(?<![\w.])\/(?:home|root|tmp|work|Users)\/\S*/g)).toBeNull();
  });
});

it('every page can be reached from the README', () => {
  const reached = new Set(['README.md']);
  for (const path of reached) {
    const page = readPage(path);
    for (const link of page.links.filter(isLocal)) {
      const { file } = follow(page, link);
      if (file.endsWith('.md')) reached.add(file);
    }
  }
  expect(globSync('docs/**/*.md').filter((path) => !reached.has(path))).toEqual([]);
});

it('the README names every tool the set-up asks for, and fits on one screen', () => {
  const { text } = readPage('README.md');
  const check = readFileSync('infra/setup/check-machine.mjs', 'utf8');
  const [, table = ''] = /const TOOLS = \{([^}]*)\}/.exec(check) ?? [];
  const tools = [...table.matchAll(/^\s+(\w+):/gm)].map(([, tool = '']) => tool);
  expect(tools.length).toBeGreaterThan(3);
  expect(tools.filter((tool) => !text.includes(tool))).toEqual([]);
  expect(text.split('\n').length).toBeLessThan(80);
});
