import type { TaskId } from '../ids.ts';
import type { Parsed } from './frontmatter.ts';
import { renderFrontmatter } from './frontmatter.ts';
import { readStatus } from './status-field.ts';

/** File name of the coverage report. */
export const COVERAGE_REPORT_DOCUMENT = '18-coverage-report.md';

/** What a coverage report can state. */
export type CoverageStatus = 'PASS' | 'FAIL' | 'WARN' | 'N/A';

const WORDS: Readonly<Record<string, CoverageStatus>> = {
  PASS: 'PASS',
  FAIL: 'FAIL',
  WARN: 'WARN',
  'N/A': 'N/A',
};

/** The status a coverage report states. */
export function parseCoverageReport(text: string | null): Parsed<CoverageStatus> {
  const read = readStatus(text, 'coverage_status', WORDS);
  return read.kind === 'unreadable' ? read : { kind: 'read', value: read.value.status };
}

/** Renders 18-coverage-report.md. */
export function renderCoverageReport(
  id: TaskId,
  report: { status: CoverageStatus; reason: string },
): string {
  const body = `# Coverage report of ${id}\n\n${report.status}: ${report.reason}`;
  return renderFrontmatter({ work_item: id, coverage_status: report.status }, body);
}
