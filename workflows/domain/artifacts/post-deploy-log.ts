import type { TaskId } from '../ids.ts';
import type { WatchVerdict } from '../verdicts.ts';
import type { Parsed } from './frontmatter.ts';
import { renderFrontmatter } from './frontmatter.ts';
import { readStatus } from './status-field.ts';

/** File name of the post-deploy log; evidence, never committed to main. */
export const POST_DEPLOY_LOG_DOCUMENT = '16-post-deploy-log.md';

const WORDS = { HEALTHY: 'HEALTHY', DEGRADED: 'DEGRADED', UNREADABLE: 'UNREADABLE' } as const;

/** The status a post-deploy log states. */
export function parsePostDeployLog(text: string | null): Parsed<WatchVerdict['status']> {
  const read = readStatus(text, 'watch_status', WORDS);
  return read.kind === 'unreadable' ? read : { kind: 'read', value: read.value.status };
}

/** Renders 16-post-deploy-log.md. */
export function renderPostDeployLog(
  id: TaskId,
  log: { status: WatchVerdict['status']; probes: number; body: string },
): string {
  return renderFrontmatter(
    { work_item: id, watch_status: log.status, probes: log.probes },
    `# Post-deploy log of ${id}\n\n${log.body}`,
  );
}
