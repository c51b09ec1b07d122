import { describe, expect, it } from 'vitest';
import {
  mustFixOf,
  parseReview,
  renderReview,
} from '../../../../../workflows/domain/artifacts/review.ts';
import { toTaskId } from '../../../../../workflows/domain/ids.ts';

const id = toTaskId('NOTE-1');

function read(text: string) {
  const parsed = parseReview(text, id);
  if (parsed.kind === 'unreadable') throw new Error(parsed.reason);
  return parsed.value;
}

describe('12-review.md', () => {
  it.each([
    ['APPROVED', 'APPROVED'],
    ['approved', 'APPROVED'],
    ['REQUEST_CHANGES', 'REQUEST_CHANGES'],
    ['request changes', 'REQUEST_CHANGES'],
    ['Request-Changes', 'REQUEST_CHANGES'],
  ])('reads the verdict %s', (word, verdict) => {
    expect(read(`---\nverdict: ${word}\n---\n`).verdict).toBe(verdict);
  });

  it.each([
    'verdict: LGTM',
    'verdict: APPROVED with changes',
    'verdict:',
    'verdict: [APPROVED]',
    'result: APPROVED',
    'verdict: APPROVED\nwork_item: NOTE-2',
    'verdict: toString',
  ])('is unusable with %j', (head) => {
    expect(parseReview(`---\n${head}\n---\nAPPROVED`, id).kind).toBe('unreadable');
  });

  it('finds P0, P1 and P2 in the shapes reviewers use, with the lines that belong to them', () => {
    const body = [
      '## Findings',
      '- P0: breaks',
      '  in two lines',
      '* **P1**: bold',
      '1. [P1] in brackets',
      '- `P2` - advice',
      '- PP1: not one',
      'P10: not one either',
    ].join('\n');
    expect(read(`---\nverdict: REQUEST_CHANGES\n---\n${body}`).findings).toEqual([
      { severity: 'P0', text: 'breaks\n  in two lines' },
      { severity: 'P1', text: 'bold' },
      { severity: 'P1', text: 'in brackets' },
      { severity: 'P2', text: 'advice' },
    ]);
  });

  it('ORCH-046: P0 and P1 are handed on word by word; without any, the whole review is', () => {
    const text =
      '---\nverdict: REQUEST_CHANGES\n---\n## Findings\n- P2: no\n- P1: `a` is *wrong*\n';
    expect(mustFixOf(read(text))).toBe('- P1: `a` is *wrong*');
    expect(mustFixOf(read('---\nverdict: REQUEST_CHANGES\n---\nAll wrong.'))).toBe('All wrong.');
  });

  it('what is rendered is read back', () => {
    const findings = [{ severity: 'P1', text: 'fix it' }] as const;
    const review = { verdict: 'REQUEST_CHANGES', findings, summary: 'No.' } as const;
    expect(read(renderReview(id, review))).toMatchObject({ verdict: 'REQUEST_CHANGES', findings });
  });
});
