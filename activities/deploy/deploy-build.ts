import type { DeployInput } from '../../workflows/domain/activities.ts';
import type { DeployVerdict } from '../../workflows/domain/verdicts.ts';
import { runIdOf } from '../run-id.ts';
import { concludeDeploy, refuseDeploy } from './conclude-deploy.ts';
import { saveState, type Deploy } from './deploy.ts';
import { withFileLock } from '../file-lock.ts';
import { Repository } from '../git/repository.ts';
import { withHeartbeats } from '../heartbeat.ts';
import { findTarget, type DeployPorts } from './ports.ts';
import { prepareRelease } from './releases.ts';
import { rollBack } from './roll-back.ts';
import { isRunning, runBuild, runsHealthy, sameBuild, waitUntilHealthy } from './run-build.ts';
import { markLog } from './supervised-service.ts';
import { prepareTarget, readTargetState, targetFolder } from './target-folder.ts';

/**
 * Switches the target to the build, waits for health and rolls back on failure, one change of a target at a time. Safe to
 * repeat: the same run goes on where a dead attempt stopped and gets the same answer. Throws ToolError when the build is
 * not on this host or the service does not obey. Source: ORCH-036, ORCH-058.
 */
export async function deployBuild(ports: DeployPorts, input: DeployInput): Promise<DeployVerdict> {
  const { project, target } = findTarget(ports, input);
  const folder = targetFolder(ports.dataDir, input.target);
  await prepareTarget(folder);
  return withHeartbeats(
    () => ({ target: input.target }),
    ({ signal }) =>
      withFileLock(folder.lock, signal, async () => {
        const state = await readTargetState(folder);
        const runId = runIdOf(input.key);
        return changeTarget({ ports, input, project, target, folder, runId, signal, state });
      }),
  );
}

async function changeTarget(deploy: Deploy): Promise<DeployVerdict> {
  const { input, runId, state } = deploy;
  if (input.fence < state.fence) {
    return refuseDeploy(deploy, `fence ${input.fence} is older than ${state.fence}`);
  }
  await saveState(deploy, { fence: input.fence });
  if (state.outcome?.runId === runId && state.outcome.verdict.status !== 'SUCCESS') {
    return state.outcome.verdict;
  }
  if (state.change?.runId === runId && state.change.step === 'rolling-back') {
    return rollBack(deploy, state.change.reason);
  }
  const release = await prepareRelease(deploy.ports.dataDir, deploy.folder, input.build);
  if (release.kind === 'tampered') return refuseDeploy(deploy, release.reason);
  if (await isOutdated(deploy)) {
    return refuseDeploy(deploy, `${input.build.revision} is an ancestor of what runs`);
  }
  return switchBuild(deploy);
}

/** Whether what serves was made from this build's commit and more: only a rollback may go back. Unknown commits prove nothing. */
async function isOutdated({ ports, input, state, signal }: Deploy): Promise<boolean> {
  const { revision } = input.build;
  const serving = state.current?.revision ?? revision;
  if (serving === revision) return false;
  const repository = await new Repository(input.task.repo, { ...ports, signal }).open();
  if (!(await repository.has(revision)) || !(await repository.has(serving))) return false;
  return repository.isAncestor(revision, serving);
}

async function switchBuild(deploy: Deploy): Promise<DeployVerdict> {
  const { build } = deploy.input;
  const { change } = deploy.state;
  const resumed = change?.step === 'switching' && sameBuild(change.build, build);
  if (!resumed && (await runsHealthy(deploy, build))) {
    return succeed(deploy, 'this build already runs and is healthy');
  }
  if (!resumed || !(await isRunning(deploy, build))) {
    const logFrom = await markLog(deploy.folder);
    const begun = { runId: deploy.runId, build, step: 'switching' as const, reason: '', logFrom };
    await saveState(deploy, { change: begun });
    const started = await runBuild(deploy, build);
    if (!started.running) return concludeDeploy(deploy, { status: 'FAILED', ...started });
  }
  const health = await waitUntilHealthy(deploy, build);
  return health.healthy
    ? succeed(deploy, 'healthy after the switch')
    : rollBack(deploy, health.reason);
}

function succeed(deploy: Deploy, reason: string): Promise<DeployVerdict> {
  const { state, input } = deploy;
  const again = state.current !== null && sameBuild(state.current, input.build);
  return concludeDeploy(deploy, {
    status: 'SUCCESS',
    reason,
    builds: { current: input.build, previous: again ? state.previous : state.current },
  });
}
