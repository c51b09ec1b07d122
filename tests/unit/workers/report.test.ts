import { describe, expect, it } from 'vitest';
import type { TaskListing } from '../../../api/task-listing.ts';
import type { Paper } from '../../../workers/report/columns.ts';
import { runIdOf } from '../../../activities/run-id.ts';
import { openRun } from '../../../workflows/domain/interruption.ts';
import { reportRow, reportView } from '../../../workers/report/task-report.ts';
import { describeCost, writeList, writeReport } from '../../../workers/report/write-report.ts';
import { summaryOf } from '../../../workers/task-signals.ts';
import { taskView } from '../../world/task-view.ts';

const ADDRESSES = {
  self: 'http://self',
  temporalUi: 'http://temporal',
  namespace: 'default',
  board: 'http://board',
  forge: 'http://forge',
  chat: null,
};

/** Paper that keeps what is written; a terminal shows styles as `<dim>`. */
function paper(isTerminal: boolean) {
  const lines: string[] = [];
  const kept: Paper = {
    isTerminal,
    styled: (style, text) => (isTerminal ? `<${String(style)}>${text}` : text),
    write: (line) => void lines.push(line),
  };
  return { kept, lines };
}

const listing: TaskListing = {
  id: 'NOTE-1',
  project: 'notes',
  title: 'Clear \u001b[2Jthe\nscreen',
  stage: 'review',
  waitingOn: null,
  since: '2026-11-21T09:00:00.000Z',
  startedAt: '2026-11-21T08:00:00.000Z',
  endedAt: null,
  links: { item: null, pull: null, history: 'http://temporal', card: null },
};
const run = (costUsd: number | null) => ({
  runId: 'r',
  stage: 'review' as const,
  role: 'reviewer' as const,
  end: 'finished' as const,
  seconds: 12.34,
  usage: {
    model: 'opus',
    effort: null,
    inputTokens: 1,
    cachedTokens: 0,
    outputTokens: 1,
    costUsd,
  },
});

describe('the list of tasks', () => {
  it('is tab-separated in a pipe, and no title steers the terminal', () => {
    const { kept, lines } = paper(false);
    writeList(kept, [listing]);
    expect(lines).toEqual([
      'TASK\tSTAGE\tWAITING FOR\tSINCE\tTITLE',
      'NOTE-1\treview\t\t2026-11-21T09:00:00.000Z\tClear the screen',
    ]);
  });

  it('says of a task that waits for nothing that it works', () => {
    const { kept, lines } = paper(false);
    writeList(kept, [{ ...listing, waitingOn: 'none' }]);
    expect(lines[1]).toMatch(/^NOTE-1\treview\tworking\t/);
  });

  it('is aligned in a terminal', () => {
    const { kept, lines } = paper(true);
    writeList(kept, [listing, { ...listing, id: 'NOTE-100' }]);
    expect(lines[1]?.indexOf('review')).toBe(lines[2]?.indexOf('review'));
    expect(lines[0]).toMatch(/^<dim>TASK {6}STAGE/);
  });
});

describe('the report of a task', () => {
  it('says stage, wait, runs with cost and files, and links', () => {
    const stage = 'development' as const;
    const key = { life: 'life.1', resetEpoch: 0, stage, kind: 'agent' as const, iteration: 3 };
    const view = taskView('life.1', {
      wait: { on: 'ci', detail: 'pending at 3021e539', since: '2026-11-21T09:30:00.000Z' },
      runs: [run(0.5), { ...run(null), runId: 'run-2' }],
      host: 'h1',
      openRun: openRun(key, 'developer'),
      pullRequest: { number: 7, url: 'http://forge/acme/notes/pulls/7' },
      mustFix: { documentId: 'doc 1', url: null },
      evidence: [{ document: '15-staging-log.md', documentId: 'd15' }],
    });
    const { kept, lines } = paper(false);
    writeReport(kept, reportView(view, ADDRESSES, 'http://board/acme/browse/NOTE-1/'));
    expect(lines).toContain('stage\tdevelopment (full track)');
    expect(lines).toContain('waits for\tci since 2026-11-21T09:30:00.000Z: pending at 3021e539');
    expect(lines).toContain('cost\t$0.50, without 1 of 2 runs: unknown');
    expect(lines).toContain('run-2\treview\treviewer\tfinished\t12.3\tunknown\topus');
    expect(lines).toContain(`runs now\tdeveloper in development, run ${runIdOf(key)}`);
    expect(lines).toContain(
      'run files\truns/<run> in the data directory of host h1; orch task logs NOTE-1',
    );
    expect(lines).toContain('pullRequest\thttp://forge/acme/notes/pulls/7');
    expect(lines).toContain('history\thttp://temporal/namespaces/default/workflows/task%3ANOTE-1');
    expect(lines).toContain('mustFix\thttp://self/documents/doc%201');
    expect(lines).toContain('15-staging-log.md\thttp://self/documents/d15');
    expect(lines.join('\n')).not.toContain('the ledger');
  });

  it('says when the ledger answered instead of the workflow', () => {
    const row = {
      ...{ life: 'l.1', taskId: 'NOTE-1', project: 'notes', repo: 'acme/notes', runId: 'run' },
      ...{ title: 'A title', track: 'bug', stage: 'review', waitingOn: 'ci', waitDetail: null },
      ...{ escalated: null, returns: 1, startedAt: 'then', endedAt: null },
      ...{ pullUrl: null, landedSha: null, cardMessageId: null },
    };
    const documents = [{ id: 'd1', name: '15-staging-log.md', savedAt: 'then' }];
    const history = { transitions: [], verdicts: [], runs: [], documents };
    const { kept, lines } = paper(false);
    writeReport(kept, reportRow(row, history, { addresses: ADDRESSES, item: null }));
    expect(lines).toContain('answered by\tthe ledger: the workflow did not answer');
    expect(lines).toContain('15-staging-log.md\thttp://self/documents/d1');
    expect(lines).toContain(
      'history\thttp://temporal/namespaces/default/workflows/task%3ANOTE-1/run/history',
    );
  });

  it('ORCH-091: an unknown cost is unknown, never 0', () => {
    expect(describeCost({ runs: [] })).toBeNull();
    expect(describeCost({ runs: [{ costUsd: null }] })).toBe('unknown');
  });
});

describe('the summary in the Temporal UI', () => {
  it('is one line of plain text, never cut inside a character', () => {
    expect(summaryOf('NOTE-1 a\nb <img> [x](y)')).toBe('NOTE-1 a b \\<img\\> \\[x\\](y)');
    const long = summaryOf('👩‍👩‍👧‍👦'.repeat(50));
    expect(Buffer.byteLength(long)).toBeLessThanOrEqual(203);
    expect(long).toBe(`${'👩‍👩‍👧‍👦'.repeat((long.length - 1) / '👩‍👩‍👧‍👦'.length)}…`);
  });
});
