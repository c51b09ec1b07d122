import type { Build } from '../../workflows/domain/task-state.ts';
import type { DeployVerdict } from '../../workflows/domain/verdicts.ts';
import { concludeDeploy, keepMustFix } from './conclude-deploy.ts';
import { saveState, type Deploy } from './deploy.ts';
import { isRunning, runBuild, sameBuild, waitUntilHealthy } from './run-build.ts';
import { stopService } from './supervised-service.ts';

/**
 * Brings the previous build back after a change of the target that has begun and failed. ROLLED_BACK also when nothing
 * served before; FAILED = something did and now nothing does. Safe to repeat.
 */
export async function rollBack(deploy: Deploy, reason: string): Promise<DeployVerdict> {
  const { current, previous, change } = deploy.state;
  if (change !== null && change.step !== 'rolling-back') {
    await keepMustFix(deploy, reason);
    const begun = { ...change, runId: deploy.runId, step: 'rolling-back' as const, reason };
    await saveState(deploy, { change: begun });
  }
  const servedThis = current !== null && sameBuild(current, deploy.input.build);
  const fallback = servedThis ? previous : current;
  if (fallback === null) {
    await stopService(deploy.folder);
    return concludeDeploy(deploy, {
      status: servedThis ? 'FAILED' : 'ROLLED_BACK',
      reason: `${reason}; there is no earlier build, the target is stopped`,
    });
  }
  const trouble = await bringBack(deploy, fallback);
  if (trouble !== null) {
    return concludeDeploy(deploy, { status: 'FAILED', reason: `${reason}; ${trouble}` });
  }
  const builds = { current: fallback, previous: servedThis ? null : previous };
  return concludeDeploy(deploy, { status: 'ROLLED_BACK', reason, builds });
}

/** Null when the build serves and is healthy, else why not. A build a dead attempt brought back is not started again. */
async function bringBack(deploy: Deploy, fallback: Build): Promise<string | null> {
  if (!(await isRunning(deploy, fallback))) {
    const started = await runBuild(deploy, fallback);
    if (!started.running) return started.reason;
  }
  const health = await waitUntilHealthy(deploy, fallback);
  return health.healthy ? null : `the earlier build is not healthy either: ${health.reason}`;
}
