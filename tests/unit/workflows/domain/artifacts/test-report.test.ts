import { describe, expect, it } from 'vitest';
import {
  parseTestReport,
  renderTestReport,
} from '../../../../../workflows/domain/artifacts/test-report.ts';
import { toTaskId } from '../../../../../workflows/domain/ids.ts';

const id = toTaskId('NOTE-1');
const report = (head: string) => `---\n${head}\n---\n# Report\n`;
const resultOf = (head: string) => {
  const parsed = parseTestReport(report(head), id);
  return parsed.kind === 'read' ? parsed.value.result : 'unreadable';
};

describe('13-test-report.md', () => {
  it.each([
    'result: PASS',
    'verdict: passed',
    'status: Green',
    'result: ready-to-deploy',
    'status: APPROVED',
    'Result: " pass "',
    'result: PASS\nstatus: green',
  ])('ORCH-017: any one field suffices: %j passes', (head) => {
    expect(resultOf(head)).toBe('PASS');
  });

  it.each([
    'result: FAIL',
    'status: failed',
    'verdict: BLOCKED',
    'result: rejected',
    'status: Error',
    'result: PASS\nverdict: FAIL',
    'result: PASS\nstatus: blocked',
    'result: perhaps\nstatus: FAILED',
  ])('ORCH-047: a negative in any field decides: %j fails', (head) => {
    expect(resultOf(head)).toBe('FAIL');
  });

  it.each([
    'outcome: PASS',
    'result:',
    'result: true',
    'result: [PASS]',
    'result: {PASS: 1}',
    'result: PASS?',
    'result: PASS\nstatus: mostly',
    'result: PASS\nverdict: 1',
    'result: NOT PASS',
    'result: constructor',
    'result: PASS\nwork_item: NOTE-2',
  ])('ET-013: anything else is no verdict: %j', (head) => {
    expect(resultOf(head)).toBe('unreadable');
  });

  it('ET-013: PASS in prose is no verdict', () => {
    expect(parseTestReport('# Report\n\nresult: PASS\n', id).kind).toBe('unreadable');
    expect(parseTestReport(null, id).kind).toBe('unreadable');
  });

  it('what is rendered is read back, whatever the output holds', () => {
    const text = renderTestReport(id, {
      result: 'FAIL',
      passed: 3,
      failed: 2,
      command: ['node', '--test', '`x`'],
      exitCode: 1,
      output: '---\nresult: PASS\n---\n````\nnot ok',
    });
    const value = { result: 'FAIL', passed: 3, failed: 2 };
    expect(parseTestReport(text, id)).toEqual({ kind: 'read', value });
    expect(text).toContain('`````text\n');
  });
});
