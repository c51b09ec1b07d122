import { describe, expect, it } from 'vitest';
import { renderCard } from '../../../../workflows/domain/card.ts';
import type { RunSummary } from '../../../../workflows/domain/runs.ts';
import type { StageName } from '../../../../workflows/domain/stages.ts';
import type { StageVisit, TaskView } from '../../../../workflows/domain/task-state.ts';
import type { Links } from '../../../../workflows/domain/texts/language-pack.ts';
import { taskView } from '../../../world/task-view.ts';

const links: Links = {
  item: 'https://board.example/acme/browse/NOTE-1/',
  pull: 'https://forge.example/acme/notes/pulls/3',
  history: 'https://temporal.example/task',
  staging: null,
  production: null,
  file: (path) => `https://forge.example/${path}`,
  commit: () => null,
  document: () => null,
};

const visit = (stage: StageName, from: number, to: number | null): StageVisit => ({
  stage,
  startedAt: minute(from),
  endedAt: to === null ? null : minute(to),
});

const run = (stage: StageName, costUsd: number | null, inputTokens = 12_345): RunSummary => ({
  runId: `${stage}-${inputTokens}`,
  stage,
  role: 'developer',
  end: 'finished',
  seconds: 65,
  usage: {
    model: 'big-model',
    effort: 'high',
    inputTokens,
    cachedTokens: 10_000,
    outputTokens: 678,
    costUsd,
  },
});

const midway: Partial<TaskView> = {
  stage: 'review',
  visits: [
    visit('created', 0, 1),
    visit('analysis', 1, 5),
    visit('architecture', 5, 8),
    visit('development', 8, 20),
    visit('review', 20, null),
  ],
  runs: [run('analysis', 0.124), run('development', 1.006, 1_000_000), run('development', 0.5)],
};

describe('the card', () => {
  it('shows status, a row a stage, totals and links', () => {
    expect(renderCard(taskView('l.1', midway), 'en', links)).toMatchInlineSnapshot(`
      "<b><a href="https://board.example/acme/browse/NOTE-1/">NOTE-1</a></b> Add a health endpoint
      ⚙️ <b>Working</b>: Review

      ✅ Analysis · 12,345 in (10,000 cached) / 678 out · $0.12 · big-model · high · 4m 0s
      ✅ Architecture · 3m 0s
      ✅ Development · 1,012,345 in (20,000 cached) / 1,356 out · $1.51 · big-model · high · 12m 0s
      ▶️ Review
      ▫️ Testing
      ▫️ Staging
      ▫️ Deploy
      ▫️ Monitoring

      <b>Total</b>: 1,024,690 in (30,000 cached) / 2,034 out · $1.63 · wall 20m 0s · agents 3m 15s · yours 0s
      <a href="https://forge.example/acme/notes/pulls/3">Pull request</a> · <a href="https://temporal.example/task">History</a>"
    `);
  });

  it('is written in Russian too', () => {
    const wait = { on: 'approval', detail: 'пакет готов', since: minute(21) } as const;
    const view = taskView('l.1', { ...midway, stage: 'analysis', wait, returns: 1 });
    expect(renderCard(view, 'ru', links)).toMatchSnapshot();
  });

  it('ORCH-095: escapes every slot, so that <1m cannot freeze it', () => {
    const wait = { on: 'ci', detail: 'took <1m & "more"', since: minute(21) } as const;
    const card = renderCard(taskView('l.1', { title: 'a <b> & c', wait }), 'en', links);
    expect(card).toContain('a &lt;b&gt; &amp; c');
    expect(card).toContain('took &lt;1m &amp; &quot;more&quot;');
    expect(card.replace(/<\/?b>|<a href="[^"<>]*">|<\/a>/g, '')).not.toMatch(/[<>]/);
  });

  it('ORCH-091: its rows add up to its total, and an unknown cost is never 0', () => {
    const costs = [0.005, 0.014, 1.115, 2.225, 0.3];
    const runs = costs.map((cost, index) => run('development', cost, index * 1000));
    const known = renderCard(
      taskView('l.1', { runs: [...runs, run('review', 0.335)] }),
      'en',
      links,
    );
    const cents = [...known.matchAll(/\$(\d+)\.(\d\d)/g)].map(
      ([, dollars, rest]) => Number(dollars) * 100 + Number(rest),
    );
    expect(cents).toHaveLength(3);
    expect((cents[0] ?? 0) + (cents[1] ?? 0)).toBe(cents[2]);
    const unknown = renderCard(taskView('l.1', { runs: [run('review', null)] }), 'en', links);
    expect(unknown).toContain('$?');
    expect(unknown).not.toContain('$0');
  });

  it('ORCH-087: is the same text for the same state, whenever it is rendered', () => {
    const view = taskView('l.1', midway);
    expect(renderCard(view, 'en', links)).toBe(renderCard(structuredClone(view), 'en', links));
  });

  it('unticks later stages after a return and counts the attempt', () => {
    const view = taskView('l.1', {
      stage: 'development',
      returns: 1,
      visits: [
        ...(midway.visits ?? []).slice(0, 4),
        visit('review', 20, 25),
        visit('development', 25, null),
      ],
    });
    const rows = renderCard(view, 'en', links).split('\n');
    expect(rows.find((row) => row.includes('Architecture'))).toMatch(/^✅/);
    expect(rows.find((row) => row.includes('▶️'))).toContain('Development · attempt 2');
    expect(rows.find((row) => row.includes('Review'))).toMatch(/^▫️/);
  });

  it('has no architecture row on the bug track', () => {
    expect(renderCard(taskView('l.1', { track: 'bug' }), 'en', links)).not.toContain(
      'Architecture',
    );
  });

  it('leaves out links to the reader’s own machine', () => {
    const local = { ...links, item: 'http://127.0.0.1:3400/x', pull: 'http://localhost:3300/y' };
    const card = renderCard(taskView('l.1'), 'en', local);
    expect(card).toMatch(/^<b>NOTE-1<\/b> /);
    expect(card).not.toContain('localhost');
  });

  it('stays below the limit of a message whatever a task holds', () => {
    const long = '<&'.repeat(5000);
    const wait = { on: 'infra', detail: long, since: minute(1) } as const;
    const stages = ['analysis', 'development', 'review', 'testing', 'deploy'] as const;
    const runs = stages.map((stage) => run(stage, 123.45, 999_999_999));
    const view = taskView('l.1', { title: long, wait, escalated: long, runs });
    const plain = renderCard(view, 'ru', links)
      .replace(/<[^>]*>/g, '')
      .replace(/&\w+;/g, '.');
    expect(plain.length).toBeLessThan(4096);
  });
});

function minute(count: number): string {
  return new Date(Date.UTC(2026, 10, 21, 9, count)).toISOString();
}
