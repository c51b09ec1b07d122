import type { TaskId } from '../ids.ts';
import type { DeployVerdict } from '../verdicts.ts';
import type { Parsed } from './frontmatter.ts';
import { renderFrontmatter } from './frontmatter.ts';
import { readStatus } from './status-field.ts';

/** File name of the deploy log; evidence, never committed to main. */
export const DEPLOY_LOG_DOCUMENT = '14-deploy-log.md';

const WORDS = {
  SUCCESS: 'SUCCESS',
  ROLLED_BACK: 'ROLLED_BACK',
  FAILED: 'FAILED',
  REFUSED: 'REFUSED',
} as const;

/** The status a deploy log states. */
export function parseDeployLog(text: string | null): Parsed<DeployVerdict['status']> {
  const read = readStatus(text, 'deploy_status', WORDS);
  return read.kind === 'unreadable' ? read : { kind: 'read', value: read.value.status };
}

/** Renders 14-deploy-log.md. */
export function renderDeployLog(
  id: TaskId,
  log: {
    status: DeployVerdict['status'];
    target: string;
    digest: string;
    revision: string;
    body: string;
  },
): string {
  const { status, target, digest, revision, body } = log;
  return renderFrontmatter(
    { work_item: id, deploy_status: status, target, digest, revision },
    `# Deploy log of ${id}\n\n${body}`,
  );
}
