import type { TaskId } from '../ids.ts';
import type { StagingVerdict } from '../verdicts.ts';
import type { Parsed } from './frontmatter.ts';
import { renderFrontmatter } from './frontmatter.ts';
import { readStatus } from './status-field.ts';

/** File name of the staging log; evidence, never committed to main. */
export const STAGING_LOG_DOCUMENT = '15-staging-log.md';

const WORDS = {
  PASS: 'PASS',
  PASSED: 'PASS',
  SUCCESS: 'PASS',
  FAIL: 'FAIL',
  FAILED: 'FAIL',
  HOLD: 'HOLD',
} as const;

/** The status a staging log states. */
export function parseStagingLog(text: string | null): Parsed<StagingVerdict['status']> {
  const read = readStatus(text, 'staging_status', WORDS);
  return read.kind === 'unreadable' ? read : { kind: 'read', value: read.value.status };
}

/** Renders 15-staging-log.md. */
export function renderStagingLog(
  id: TaskId,
  log: { status: StagingVerdict['status']; digest: string | null; body: string },
): string {
  return renderFrontmatter(
    { work_item: id, staging_status: log.status, digest: log.digest },
    `# Staging log of ${id}\n\n${log.body}`,
  );
}
