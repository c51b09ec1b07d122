import { appendFile, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { showRun } from '../../../../workers/logs/show-run.ts';
import type { Paper } from '../../../../workers/report/columns.ts';

const said = (text: string) =>
  `${JSON.stringify({ type: 'assistant', message: { content: [{ type: 'text', text }] } })}\n`;

const tool = (name: string, input: object) =>
  `${JSON.stringify({ type: 'assistant', message: { content: [{ type: 'tool_use', id: 'x', name, input }] } })}\n`;

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

/** Clears the screen, sets the title, rings, by one byte above ASCII, and returns to the beginning of the line. */
const HOSTILE = 'a\u001B[2Jb\u001B]0;owned\u0007c\u0007d\u009B2Je\u009Df\rg';

it.each([
  ['says', said(HOSTILE.replace('\r', '\r\n'))],
  ['prints', `${HOSTILE}\n`],
  ['runs', tool('Bash', { command: HOSTILE })],
  ['names', tool(HOSTILE, {})],
  ['gives up for', `${JSON.stringify({ type: 'result', subtype: HOSTILE, is_error: true })}\n`],
])('lets no agent steer the terminal by what it %s', async (_, line) => {
  await mkdir(folder);
  await writeFile(join(folder, 'stdout.jsonl'), line);
  await showRun(paper, { folder, form: 'entries', goesOn: () => false });
  expect(lines.join('')).toMatch(/a.*b.*c.*d.*e.*f.*g/);
  expect(lines.join('')).not.toMatch(/\p{Cc}/u);
});

it('raw lines are JSON objects without a control character, whatever the agent prints', async () => {
  await mkdir(folder);
  const own = JSON.stringify({ said: HOSTILE }).replace(':', ':\t');
  const printed = [own, HOSTILE, '', '42', '["\u009B"]', 'null', '{"half'];
  await writeFile(join(folder, 'stdout.jsonl'), printed.join('\n'));
  await showRun(paper, { folder, form: 'lines', goesOn: () => false });
  for (const line of lines) expect(line).not.toMatch(/\p{Cc}/u);
  const [first, ...others] = lines.map((line): unknown => JSON.parse(line));
  expect(first).toEqual({ said: HOSTILE });
  expect(others).toEqual(printed.slice(1).map((text) => ({ text })));
});
