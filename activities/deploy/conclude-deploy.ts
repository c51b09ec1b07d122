import { rm } from 'node:fs/promises';
import {
  DEPLOY_LOG_DOCUMENT,
  renderDeployLog,
} from '../../workflows/domain/artifacts/deploy-log.ts';
import type { Build } from '../../workflows/domain/task-state.ts';
import type { DeployVerdict } from '../../workflows/domain/verdicts.ts';
import { documentIdOf } from '../documents.ts';
import { saveState, type Deploy } from './deploy.ts';
import { readRevision } from './probe-service.ts';
import { pruneReleases } from './releases.ts';
import { renderSections } from '../render-sections.ts';
import { localUrl } from './run-build.ts';
import { inspectService, readLogFrom } from './supervised-service.ts';

const MUST_FIX = 'deploy-must-fix.md';

/** How a change of a target ended; `builds` = what serves and what to roll back to from now on, when that changed. */
interface Conclusion {
  status: DeployVerdict['status'];
  reason: string;
  builds?: { current: Build | null; previous: Build | null };
}

/** Writes the deploy log, remembers the outcome under the run and answers it. */
export async function concludeDeploy(
  deploy: Deploy,
  { status, reason, builds }: Conclusion,
): Promise<DeployVerdict> {
  const verdict = await describeOutcome(deploy, status, reason);
  await writeDeployLog(deploy, verdict);
  const outcome = { runId: deploy.runId, verdict };
  await saveState(deploy, { ...builds, change: null, outcome });
  if (deploy.state.current === null) await rm(deploy.folder.current, { force: true });
  if (status === 'SUCCESS') await pruneOld(deploy);
  return verdict;
}

/** Answers that nothing was changed and why; the target's state is left as it is. */
export async function refuseDeploy(deploy: Deploy, reason: string): Promise<DeployVerdict> {
  const verdict = await describeOutcome(deploy, 'REFUSED', reason);
  await writeDeployLog(deploy, verdict);
  return verdict;
}

/** Keeps what the developer must act on: why the build was not healthy and what it said. */
export async function keepMustFix(deploy: Deploy, reason: string): Promise<void> {
  const sections = renderSections([
    { title: 'Reason', lines: [reason] },
    { title: 'Log of the service', lines: [await serviceLog(deploy)], code: true },
  ]);
  const { target, build } = deploy.input;
  const body = `# ${build.revision} did not become healthy on ${target}\n\n${sections}`;
  await save(deploy, MUST_FIX, body);
}

async function describeOutcome(
  deploy: Deploy,
  status: DeployVerdict['status'],
  reason: string,
): Promise<DeployVerdict> {
  const service = await inspectService(deploy.folder);
  const version =
    service.kind === 'running'
      ? await readRevision(localUrl(deploy.target.port), deploy.signal)
      : { revision: null };
  return {
    status,
    reason,
    documentId: documentIdOf(deploy.input.key, logName(deploy)),
    runningDigest: service.kind === 'running' ? service.digest : null,
    runningRevision: version.revision,
    mustFixRef:
      deploy.state.change?.step === 'rolling-back'
        ? { documentId: documentIdOf(deploy.input.key, MUST_FIX), url: null }
        : null,
  };
}

async function writeDeployLog(deploy: Deploy, verdict: DeployVerdict): Promise<void> {
  const { target, build, task, fence } = deploy.input;
  const { current } = deploy.state;
  const facts = [
    `- fence: ${fence}`,
    `- before: ${current === null ? 'nothing' : `${current.revision}, ${current.digest}`}`,
    `- running now: ${verdict.runningRevision ?? 'nothing'}, ${verdict.runningDigest ?? 'no digest'}`,
  ];
  const body = renderSections([
    { title: 'Reason', lines: [verdict.reason] },
    { title: 'Facts', lines: facts },
    { title: 'Log of the service', lines: [await serviceLog(deploy)], code: true },
  ]);
  const { digest, revision } = build;
  const log = { status: verdict.status, target, digest, revision, body };
  await save(deploy, logName(deploy), renderDeployLog(task.id, log));
}

function logName({ input }: Deploy): string {
  return input.key.stage === 'deploy' ? DEPLOY_LOG_DOCUMENT : `deploy-log-${input.target}.md`;
}

async function serviceLog({ folder, state }: Deploy): Promise<string> {
  return state.change === null ? '' : readLogFrom(folder, state.change.logFrom);
}

function save({ ports, input }: Deploy, name: string, body: string): Promise<void> {
  const { id: taskId, life } = input.task;
  return ports.documents.save({ id: documentIdOf(input.key, name), taskId, life, name, body });
}

async function pruneOld({ folder, state }: Deploy): Promise<void> {
  await pruneReleases(
    folder,
    [state.current, state.previous].filter((build) => build !== null),
  );
}
