import { globSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readPage, readTable } from '../docs/markdown.ts';

const HOME = 'infra/sandbox/agent';
const page = readPage(`${HOME}/README.md`);

describe('the README of the scripted agent', () => {
  it('lists every scenario with its own words', () => {
    const rows = globSync(`${HOME}/scenarios/*.json`)
      .sort()
      .map((file) => {
        const { description } = JSON.parse(readFileSync(file, 'utf8')) as { description: string };
        return [`\`${basename(file, '.json')}\``, description];
      });
    expect(readTable(page, 'Scenarios')).toEqual(rows);
  });

  it('lists every variable', () => {
    const names = readFileSync(`${HOME}/settings.ts`, 'utf8').match(/SCRIPTED_AGENT_\w+(?=: )/g);
    const listed = readTable(page, 'Environment').map(([name]) => name?.replaceAll('`', ''));
    expect(listed.toSorted()).toEqual(names?.toSorted());
  });
});
