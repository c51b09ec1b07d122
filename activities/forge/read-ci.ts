import { createHash } from 'node:crypto';
import type { Sha } from '../../workflows/domain/ids.ts';
import type { MustFixRef } from '../../workflows/domain/outcome.ts';
import type { TaskRef } from '../../workflows/domain/task-state.ts';
import type { CiVerdict } from '../../workflows/domain/verdicts.ts';
import type { ForgeClient, ForgeStatus } from '../clients/gitea/client.ts';
import type { DocumentStore } from '../documents.ts';
import { combineStatuses, failingOf } from './combine-statuses.ts';

/** The tail of a log worth handing to a developer. */
const MAX_LOG_BYTES = 20_000;
const MAX_LOGS = 5;

/** Reads CI at exactly `sha`; on failure keeps what failed, with the logs, as a document for the developer. Source: ORCH-045, ORCH-046. */
export async function readCi(
  ports: { forge: ForgeClient; documents: DocumentStore },
  asked: { task: TaskRef; sha: Sha; iteration: number },
): Promise<CiVerdict> {
  const statuses = await ports.forge.readStatuses(asked.task.repo, asked.sha);
  const failing = failingOf(statuses);
  return {
    state: combineStatuses(statuses),
    total: statuses.length,
    failing: failing.map((status) => status.context),
    mustFixRef: failing.length === 0 ? null : await saveReport(ports, asked, failing),
  };
}

async function saveReport(
  { forge, documents }: { forge: ForgeClient; documents: DocumentStore },
  { task, sha, iteration }: { task: TaskRef; sha: Sha; iteration: number },
  failing: readonly ForgeStatus[],
): Promise<MustFixRef> {
  const id = reportIdOf(task, sha, iteration);
  const url = failing.find((status) => status.targetUrl !== '')?.targetUrl ?? null;
  if ((await documents.read(id)) !== null) return { documentId: id, url };
  const logs = await Promise.all(
    failing.slice(0, MAX_LOGS).map((status) => forge.readLog(status.targetUrl, MAX_LOG_BYTES)),
  );
  const body = [
    `CI failed at ${sha}.`,
    ...failing.map((status, index) => describeFailure(status, logs[index] ?? null)),
  ].join('\n\n');
  await documents.save({ id, taskId: task.id, life: task.life, name: 'ci-report.md', body });
  return { documentId: id, url };
}

function describeFailure(status: ForgeStatus, log: string | null): string {
  const head = `### ${status.context}: ${status.description === '' ? status.state : status.description}`;
  const link = status.targetUrl === '' ? [] : [status.targetUrl];
  // Indented, so that nothing a log prints can end the block.
  const text = log === null ? [] : [log.replace(/\s+$/, '').replace(/^/gm, '    ')];
  return [head, ...link, ...text].join('\n\n');
}

function reportIdOf(task: TaskRef, sha: Sha, iteration: number): string {
  const key = [task.life, 'ci', sha, iteration].join('\n');
  return `${createHash('sha256').update(key).digest('hex').slice(0, 20)}-ci-report.md`;
}
