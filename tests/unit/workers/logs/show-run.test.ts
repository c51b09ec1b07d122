import { appendFile, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { showRun } from '../../../../workers/logs/show-run.ts';
import type { Paper } from '../../../../workers/report/columns.ts';

const said = (text: string) =>
  `${JSON.stringify({ type: 'assistant', message: { content: [{ type: 'text', text }] } })}\n`;

let folder: string;
let lines: string[];
let paper: Paper;
beforeEach(async () => {
  folder = join(await mkdtemp(join(tmpdir(), 'orch-logs-')), 'run');
  lines = [];
  paper = { isTerminal: false, styled: (_, text) => text, write: (line) => lines.push(line) };
});
afterEach(() => rm(join(folder, '..'), { recursive: true }));

it('shows each line once as it comes, half lines when they are whole, until the run is over', async () => {
  let open = true;
  const showing = showRun(paper, { folder, form: 'entries', goesOn: () => open });
  await mkdir(folder);
  const [first, second] = [said('First.'), said('Second.')];
  await writeFile(join(folder, 'stdout.jsonl'), first + second.slice(0, 20));
  await vi.waitFor(() => {
    expect(lines).toEqual(['First.']);
  });
  await appendFile(join(folder, 'stdout.jsonl'), second.slice(20));
  await vi.waitFor(() => {
    expect(lines).toEqual(['First.', 'Second.']);
  });
  await appendFile(join(folder, 'stdout.jsonl'), said('Last.').trimEnd());
  open = false;
  await showing;
  expect(lines).toEqual(['First.', 'Second.', 'Last.']);
});

it('shows a finished run to its end, raw when asked, and nothing of a run without output', async () => {
  await showRun(paper, { folder, form: 'entries', goesOn: () => false });
  expect(lines).toEqual([]);
  await mkdir(folder);
  await writeFile(join(folder, 'stdout.jsonl'), said('One.') + said('Two.'));
  await showRun(paper, { folder, form: 'lines', goesOn: () => false });
  expect(lines).toEqual([said('One.').trim(), said('Two.').trim()]);
});

it('lets no agent steer the terminal', async () => {
  await mkdir(folder);
  await writeFile(join(folder, 'stdout.jsonl'), said('a\u001B[2Jb\r\nc\u0007d'));
  await showRun(paper, { folder, form: 'entries', goesOn: () => false });
  expect(lines).toEqual(['ab', 'c d']);
});
