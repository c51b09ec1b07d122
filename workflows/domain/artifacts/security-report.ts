import type { TaskId } from '../ids.ts';
import type { Parsed } from './frontmatter.ts';
import { renderFrontmatter } from './frontmatter.ts';
import { readStatus } from './status-field.ts';

/** File name of the security report. */
export const SECURITY_REPORT_DOCUMENT = '17-security-report.md';

const WORDS = { PASS: 'PASS', FAIL: 'FAIL' } as const;

/** The status a security report states. */
export function parseSecurityReport(text: string | null): Parsed<'PASS' | 'FAIL'> {
  const read = readStatus(text, 'security_status', WORDS);
  return read.kind === 'unreadable' ? read : { kind: 'read', value: read.value.status };
}

/** Renders 17-security-report.md. */
export function renderSecurityReport(
  id: TaskId,
  report: { status: 'PASS' | 'FAIL'; findings: number; scanned: number },
): string {
  const { status, findings, scanned } = report;
  const body = `# Security report of ${id}\n\nSecret scan of the changed files: ${scanned} looked at, ${findings} findings.`;
  return renderFrontmatter({ work_item: id, security_status: status, findings, scanned }, body);
}
