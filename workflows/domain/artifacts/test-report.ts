import { z } from 'zod';
import type { TaskId } from '../ids.ts';
import type { Frontmatter, Parsed } from './frontmatter.ts';
import { parseFrontmatter, renderFrontmatter, unreadable } from './frontmatter.ts';
import { belongsElsewhere, readField, readWord } from './status-field.ts';

/** File name of the test report. */
export const TEST_REPORT_DOCUMENT = '13-test-report.md';

/** What a test report says; counts are 0 when it gives none. */
export interface TestReport {
  result: 'PASS' | 'FAIL';
  passed: number;
  failed: number;
}

const FIELDS = ['result', 'verdict', 'status'];
const POSITIVE = new Set(['PASS', 'PASSED', 'GREEN', 'READY_TO_DEPLOY', 'APPROVED']);
const NEGATIVE = new Set([
  ...['FAIL', 'FAILED', 'FAILURE', 'BLOCKED', 'REJECTED', 'ERROR', 'ERRORS', 'RED', 'BROKEN'],
  ...['REQUEST_CHANGES', 'NOT_READY', 'NOT_PASSED', 'TIMEOUT', 'TIMED_OUT', 'ABORTED'],
]);
const Count = z.int().min(0);

/**
 * Reads 13-test-report.md: any one of `result`, `verdict`, `status` suffices, a negative in any of them decides, a field
 * with an unknown word makes the report unreadable. Source: ORCH-017, ORCH-047.
 */
export function parseTestReport(text: string | null, id: TaskId): Parsed<TestReport> {
  const parsed = parseFrontmatter(text);
  if (parsed.kind === 'unreadable') return parsed;
  if (belongsElsewhere(parsed.value, id)) return unreadable('the report names another work item');
  const result = decideResult(parsed.value);
  if (result.kind === 'unreadable') return result;
  const count = (name: string) => readField(parsed.value, name, { schema: Count, fallback: 0 });
  return {
    kind: 'read',
    value: { result: result.value, passed: count('passed'), failed: count('failed') },
  };
}

function decideResult(document: Frontmatter): Parsed<TestReport['result']> {
  const given = FIELDS.filter((field) => document.fields.has(field));
  const words = given.map((field) => readWord(document, field));
  if (words.some((word) => word !== null && NEGATIVE.has(word))) {
    return { kind: 'read', value: 'FAIL' };
  }
  if (words.length === 0) return unreadable('the report has no result, verdict or status');
  const strange = words.findIndex((word) => word === null || !POSITIVE.has(word));
  if (strange >= 0) return unreadable(`${given[strange] ?? 'result'} has an unknown value`);
  return { kind: 'read', value: 'PASS' };
}

/** Renders 13-test-report.md; `output` is quoted as it is, cut by the caller. */
export function renderTestReport(
  id: TaskId,
  report: TestReport & { command: readonly string[]; exitCode: number; output: string },
): string {
  const { result, passed, failed, command, exitCode, output } = report;
  const fence = '`'.repeat(Math.max(3, ...longestTicks(output)) + 1);
  const body = [
    `# Test report of ${id}`,
    `Command: \`${command.join(' ').replaceAll('`', "'")}\`, exit code ${exitCode}.`,
    `${fence}text\n${output.trimEnd()}\n${fence}`,
  ].join('\n\n');
  return renderFrontmatter({ work_item: id, result, passed, failed }, body);
}

const longestTicks = (text: string) => (text.match(/`+/g) ?? []).map((ticks) => ticks.length);
