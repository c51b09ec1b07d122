import { describe, expect, it } from 'vitest';
import type { CommentText, NoticeText } from '../../../../workflows/domain/effects.ts';
import type { RunUsage } from '../../../../workflows/domain/runs.ts';
import { formatCount, formatSeconds } from '../../../../workflows/domain/texts/figures.ts';
import { cut, linkTo } from '../../../../workflows/domain/texts/html.ts';
import type { Links } from '../../../../workflows/domain/texts/language-pack.ts';
import { renderComment, renderNotice } from '../../../../workflows/domain/texts/render.ts';

const NASTY = '<script>&"1m';
const links: Links = {
  item: 'http://board.example/NOTE-1',
  pull: null,
  history: null,
  staging: null,
  production: null,
  file: (path) => `http://forge.example/${path}`,
  commit: (sha) => `http://forge.example/commit/${sha}`,
  document: (id) => `http://self.example/documents/${id}`,
};
const usage: RunUsage = {
  model: NASTY,
  effort: 'high',
  inputTokens: 1500,
  cachedTokens: 1000,
  outputTokens: 20,
  costUsd: null,
};
const run = {
  runId: 'r',
  stage: 'analysis',
  role: 'analyst',
  end: 'finished',
  seconds: 61,
  usage,
} as const;
const mustFix = { documentId: 'd1', url: null };

/** One comment of every kind, with markup in every free slot. */
const COMMENTS: { [Kind in CommentText['kind']]: Extract<CommentText, { kind: Kind }> } = {
  'entry-check-failed': { kind: 'entry-check-failed', problems: [NASTY] },
  'analyst-started': { kind: 'analyst-started' },
  'approval-call': { kind: 'approval-call', documents: [`docs/${NASTY}.md`] },
  questions: { kind: 'questions', count: 2 },
  transition: { kind: 'transition', from: 'analysis', to: 'review', reason: NASTY },
  returned: {
    kind: 'returned',
    from: 'review',
    to: 'development',
    reason: NASTY,
    attempt: 1,
    of: 3,
    mustFix,
  },
  'role-finished': { kind: 'role-finished', run, documents: [`docs/${NASTY}.md`] },
  'confirm-call': { kind: 'confirm-call', sealedSha: 'a'.repeat(40), stagingUrl: NASTY },
  'gesture-ignored': { kind: 'gesture-ignored', gesture: NASTY, because: NASTY },
  'status-restored': { kind: 'status-restored', found: NASTY, use: NASTY },
  automatic: { kind: 'automatic', what: 'deploy', because: NASTY },
  'stop-deferred': { kind: 'stop-deferred' },
  'stop-too-late': { kind: 'stop-too-late' },
  stopped: { kind: 'stopped', sha: NASTY },
  held: { kind: 'held', subject: NASTY, reason: NASTY },
  escalated: { kind: 'escalated', stage: 'review', reason: NASTY },
  summary: {
    kind: 'summary',
    landedSha: 'b'.repeat(40),
    usage,
    seconds: 3700,
    humanSeconds: 60,
    returns: 1,
  },
};
const NOTICES: { [Kind in NoticeText['kind']]: Extract<NoticeText, { kind: Kind }> } = {
  'approval-wanted': { kind: 'approval-wanted' },
  'answers-wanted': { kind: 'answers-wanted', count: 2 },
  'confirmation-wanted': { kind: 'confirmation-wanted', sealedSha: 'a'.repeat(40) },
  returned: { kind: 'returned', from: 'review', reason: NASTY },
  automatic: { kind: 'automatic', what: 'approval' },
  held: { kind: 'held', subject: NASTY, reason: NASTY },
  escalated: { kind: 'escalated', stage: 'review', reason: NASTY },
  stopped: { kind: 'stopped' },
  leaked: { kind: 'leaked', role: 'developer' },
  'deploy-failed': { kind: 'deploy-failed', status: NASTY, reason: NASTY },
};
const task = { id: 'NOTE-1', title: NASTY, links, brd: 'docs/01-brd.md' };

describe.each(['en', 'ru'] as const)('texts in %s', (language) => {
  it.each(Object.values(COMMENTS))('comment $kind is well-formed and escapes its data', (text) => {
    const rendered = renderComment(text, language, links);
    expect(rendered).not.toContain('<script>');
    expect(unbalancedTags(rendered)).toEqual([]);
    expect(rendered).toMatchSnapshot();
  });

  it.each(Object.values(NOTICES))('notice $kind is well-formed and escapes its data', (text) => {
    const rendered = renderNotice(text, language, task);
    expect(rendered).not.toContain('<script>');
    expect(rendered).not.toMatch(/<(?!\/?(b|code|a)\b)/);
    expect(unbalancedTags(rendered)).toEqual([]);
    expect(rendered).toMatchSnapshot();
  });
});

describe('figures', () => {
  it('are grouped and timed as each language writes them', () => {
    expect(formatCount(1_234_567, 'en')).toBe('1,234,567');
    expect(formatCount(1_234_567, 'ru')).toBe('1\u00A0234\u00A0567');
    expect([0, 59.6, 3599, 3600, 90_061].map((seconds) => formatSeconds(seconds, 'en'))).toEqual([
      '0s',
      '1m 0s',
      '59m 59s',
      '1h 0m',
      '25h 1m',
    ]);
  });
});

describe('slots', () => {
  it('are cut by whole characters', () => {
    expect(cut('😀😀😀', 3)).toBe('😀😀😀');
    expect(cut('😀😀😀😀', 3)).toBe('😀😀…');
  });

  it('link only to what a browser follows safely', () => {
    expect(linkTo('javascript:alert(1)', 'x').markup).toBe('x');
    expect(linkTo('https://a/?b="c"', 'x').markup).toBe(
      '<a href="https://a/?b=&quot;c&quot;">x</a>',
    );
  });

  it('leave no room for a reason longer than a message', () => {
    const reason = 'x'.repeat(100_000);
    const notice = renderNotice({ kind: 'escalated', stage: 'review', reason }, 'en', task);
    expect(notice.length).toBeLessThan(4096);
  });
});

/** Tags opened and not closed, or closed in the wrong order. */
function unbalancedTags(markup: string): string[] {
  const open: string[] = [];
  for (const [, slash, name] of markup.matchAll(/<(\/?)([a-z]+)[^>]*>/g)) {
    if (slash === '') open.push(name ?? '');
    else if (open.at(-1) === name) open.pop();
    else open.push(`/${name ?? ''}`);
  }
  return open;
}
