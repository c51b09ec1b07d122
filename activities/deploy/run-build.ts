import { setTimeout as pause } from 'node:timers/promises';
import type { Build } from '../../workflows/domain/task-state.ts';
import type { Deploy } from './deploy.ts';
import { checkHealth } from './probe-service.ts';
import { prepareRelease } from './releases.ts';
import {
  inspectService,
  portIsFree,
  SERVICE_HOST,
  startService,
  stopService,
} from './supervised-service.ts';

const FIRST_PAUSE_MS = 100;

/** Whether two builds are the same files made from the same commit. */
export function sameBuild(
  left: { digest: string; revision: string },
  right: { digest: string; revision: string },
): boolean {
  return left.digest === right.digest && left.revision === right.revision;
}

/** Where the target's service is reached on this host. */
export function localUrl(port: number): string {
  return `http://${SERVICE_HOST}:${port}`;
}

/** Whether the target's supervisor lives and runs `build`; the service may still be starting or crashing. */
export async function isRunning(deploy: Deploy, build: Build): Promise<boolean> {
  const service = await inspectService(deploy.folder);
  return service.kind === 'running' && service.supervised && sameBuild(service, build);
}

/** Whether the target runs `build` and answers as healthy right now. */
export async function runsHealthy(deploy: Deploy, build: Build): Promise<boolean> {
  if (!(await isRunning(deploy, build))) return false;
  const url = localUrl(deploy.target.port);
  return (await checkHealth(url, build.revision, deploy.signal)).healthy;
}

/** Stops what our supervisor runs and starts `build`; says why when that is impossible. Never touches a stranger's process. */
export async function runBuild(
  deploy: Deploy,
  build: Build,
): Promise<{ running: boolean; reason: string }> {
  const { ports, project, target, folder } = deploy;
  await stopService(folder);
  const release = await prepareRelease(ports.dataDir, folder, build);
  if (release.kind === 'tampered') return { running: false, reason: release.reason };
  if (!(await portIsFree(target.port))) {
    const reason = `port ${target.port} is taken by a process that is not ours`;
    return { running: false, reason };
  }
  const command = project.commands.start;
  const spec = { build, release: release.dir, command, port: target.port, path: ports.path };
  await startService(folder, spec, ports.supervisor);
  return { running: true, reason: '' };
}

/** Waits at most `healthTries` x `healthIntervalMs` for the service to be healthy with the build's revision. */
export async function waitUntilHealthy(
  deploy: Deploy,
  build: Build,
): Promise<{ healthy: boolean; reason: string }> {
  const { healthTries, healthIntervalMs, port } = deploy.target;
  const deadline = Date.now() + healthTries * healthIntervalMs;
  let pauseMs = FIRST_PAUSE_MS;
  for (;;) {
    const health = await checkHealth(localUrl(port), build.revision, deploy.signal);
    if (health.healthy || Date.now() > deadline) return health;
    await pause(Math.min(pauseMs, healthIntervalMs), undefined, { signal: deploy.signal });
    pauseMs *= 2;
  }
}
