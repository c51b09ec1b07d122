import { setTimeout as pause } from 'node:timers/promises';
import { Context } from '@temporalio/activity';
import { z } from 'zod';
import type { DeployInput } from '../../workflows/domain/activities.ts';
import {
  POST_DEPLOY_LOG_DOCUMENT,
  renderPostDeployLog,
} from '../../workflows/domain/artifacts/post-deploy-log.ts';
import type { WatchVerdict } from '../../workflows/domain/verdicts.ts';
import { documentIdOf } from '../documents.ts';
import { withHeartbeats } from '../heartbeat.ts';
import { renderSections } from '../render-sections.ts';
import type { DeployPorts } from './ports.ts';
import { describeProbe, probePage } from './probe-service.ts';

type WatchInput = DeployInput & { windowMs: number; intervalMs: number; since: string };

/** What the probes of all attempts so far found; carried from attempt to attempt by the heartbeat. */
const Findings = z.object({
  probes: z.int(),
  failures: z.int(),
  /** failures in a row, up to now */
  inARow: z.int(),
  /** probes that got no answer at all: they say nothing about the service */
  missing: z.int(),
  lastProblem: z.string(),
});
type Findings = z.infer<typeof Findings>;

const NOTHING: Findings = { probes: 0, failures: 0, inARow: 0, missing: 0, lastProblem: '' };
const DEGRADED_AFTER = 3;

/**
 * Probes the service until the window that began at `since` is over, over all attempts; at least once. DEGRADED after three
 * failures in a row, UNREADABLE when no probe got an answer. A window never ends amid failures.
 */
export async function watchDeploy(ports: DeployPorts, input: WatchInput): Promise<WatchVerdict> {
  let findings = Findings.catch(NOTHING).parse(Context.current().info.heartbeatDetails);
  const status = await withHeartbeats(
    () => findings,
    async ({ signal }) => {
      const end = Date.parse(input.since) + input.windowMs;
      for (;;) {
        findings = await probe(input.url, findings, signal);
        const answer = judge(findings, Date.now() >= end);
        if (answer !== null) return answer;
        await pause(input.intervalMs, undefined, { signal });
      }
    },
  );
  return conclude(ports, input, { status, findings });
}

async function probe(url: string, before: Findings, signal: AbortSignal): Promise<Findings> {
  const page = `${url}/health`;
  const answer = await probePage(page, signal);
  const probes = before.probes + 1;
  if (answer.kind === 'answered' && answer.status === 200) return { ...before, probes, inARow: 0 };
  return {
    probes,
    failures: before.failures + 1,
    inARow: before.inARow + 1,
    missing: before.missing + (answer.kind === 'silent' ? 1 : 0),
    lastProblem: describeProbe(page, answer),
  };
}

function judge(findings: Findings, isOver: boolean): WatchVerdict['status'] | null {
  const { inARow, missing, probes } = findings;
  if (inARow === 0) return isOver ? 'HEALTHY' : null;
  if (inARow < DEGRADED_AFTER) return null;
  if (missing < probes) return 'DEGRADED';
  return isOver ? 'UNREADABLE' : null;
}

async function conclude(
  ports: DeployPorts,
  input: WatchInput,
  { status, findings }: { status: WatchVerdict['status']; findings: Findings },
): Promise<WatchVerdict> {
  const { probes, failures, lastProblem } = findings;
  const counts = `${failures} of ${probes} probes failed`;
  const reason = lastProblem === '' ? counts : `${counts}, the last one: ${lastProblem}`;
  const { task, key, url, build } = input;
  const id = documentIdOf(key, POST_DEPLOY_LOG_DOCUMENT);
  const log = renderPostDeployLog(task.id, {
    status,
    probes,
    body: renderSections([
      { title: 'Result', lines: [reason] },
      {
        title: 'Window',
        lines: [
          `- ${url}/health every ${input.intervalMs / 1000} s for ${input.windowMs / 1000} s since ${input.since}`,
          `- revision ${build.revision}, ${build.digest}`,
        ],
      },
    ]),
  });
  const name = POST_DEPLOY_LOG_DOCUMENT;
  await ports.documents.save({ id, taskId: task.id, life: task.life, name, body: log });
  return { status, reason, probes, documentId: id };
}
