import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { ATTRIBUTES } from '../../workflows/contract.ts';
import { boardStatusOf } from '../../workflows/domain/board-status.ts';
import { GESTURES } from '../../workflows/domain/gestures.ts';
import { STAGES } from '../../workflows/domain/stages.ts';
import type { StageName, TaskStage } from '../../workflows/domain/stages.ts';
import type { WaitSubject } from '../../workflows/domain/task-state.ts';
import { waitFor } from '../world/task-at.ts';
import { readPage, readTable } from './markdown.ts';

const page = readPage('docs/operations.md');

/** Complete by type: a new subject does not compile until it is here, and fails below until the page has it. */
const SUBJECTS: Record<WaitSubject, true> = {
  approval: true,
  answers: true,
  confirmation: true,
  revival: true,
  lane: true,
  'staging-slot': true,
  'production-slot': true,
  'agent-slot': true,
  'provider-limit': true,
  'agent-retry': true,
  budget: true,
  host: true,
  ci: true,
  mergeable: true,
  infra: true,
};
const subjects = Object.keys(SUBJECTS) as WaitSubject[];

it('says of everything a task can wait for who acts', () => {
  const listed = readTable(page, 'What it waits for').map(([on = '']) => on.replaceAll('`', ''));
  expect(listed).toEqual(['none', ...subjects]);
});

it('names every search attribute', () => {
  const names = Object.values(ATTRIBUTES).map(({ name }) => name);
  expect(names.filter((name) => !page.code.includes(name))).toEqual([]);
});

it('names every gesture and every status the board needs', () => {
  const ends: TaskStage[] = ['done', 'cancelled', 'refused'];
  const stages = [...(Object.keys(STAGES) as StageName[]), ...ends];
  const statuses = stages.flatMap((stage) =>
    [null, ...subjects.map(waitFor)].map((wait) => boardStatusOf({ stage, wait, escalated: null })),
  );
  const wanted = [...GESTURES, ...statuses.filter((status) => status !== null)];
  const text = page.text.replace(/\s+/g, ' ');
  expect([...new Set(wanted)].filter((name) => !text.includes(name))).toEqual([]);
});

it('names only commands of orch that exist', () => {
  const cli = readFileSync('workers/cli.ts', 'utf8');
  const named = [...page.text.matchAll(/`orch ([a-z]+(?: [a-z]+)?)/g)].map(
    ([, words = '']) => words,
  );
  const unknown = named.filter((words) =>
    words.split(' ').some((word) => !new RegExp(`\\.command\\('${word}\\b`).test(cli)),
  );
  expect(named.length).toBeGreaterThan(2);
  expect(unknown).toEqual([]);
});

it('names only metrics of ours that exist', () => {
  const sources = ['api/metrics.ts', 'workers/commands/worker.ts'];
  const known = sources.map((file) => readFileSync(file, 'utf8')).join('\n');
  const named = page.code.filter((code) => /^(orch|webhook)_[a-z_]+$/.test(code));
  expect(named.filter((name) => !known.includes(`'${name}'`))).toEqual([]);
});
