import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { readFile, rename, rm, stat, symlink } from 'node:fs/promises';
import { createServer } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import type { Build } from '../../workflows/domain/task-state.ts';
import { ToolError } from '../errors.ts';
import { parseJson, readIfThere } from '../read-file.ts';
import { readProcess, signalProcess } from '../runs/processes.ts';
import { lockIsFree } from '../file-lock.ts';
import { ServiceRecord } from './service-record.ts';
import type { TargetFolder } from './target-folder.ts';

/** Services listen here; what stands before them is the host's business. */
export const SERVICE_HOST = '127.0.0.1';

const START_MS = 10_000;
const TERM_MS = 8000;
const KILL_MS = 5000;
const PORT_FREE_MS = 3000;
const LONGEST_LOG_BYTES = 8_000_000;

/** What runs on a target: nothing, or a service; `supervised` false = its supervisor died and nobody restarts it. */
export type ServiceStatus =
  { kind: 'stopped' } | ({ kind: 'running'; supervised: boolean } & ServiceRecord);

/** How to run a build on a target. */
export interface ServiceSpec {
  build: Build;
  /** release directory the command runs in */
  release: string;
  command: readonly string[];
  port: number;
  /** search path for programs */
  path: string;
}

/** Looks at the service through its lock, without touching it. Throws ToolError when something lives that does not say what it is. */
export async function inspectService(folder: TargetFolder): Promise<ServiceStatus> {
  const deadline = Date.now() + START_MS;
  for (;;) {
    if (!(await exists(folder.dir)) || (await lockIsFree(folder.serviceLock, 0))) {
      return { kind: 'stopped' };
    }
    // A supervisor that was just started takes the lock a moment before it writes its record.
    const record = await readRecord(folder);
    if (record !== null) {
      const supervisor = await readProcess(record.pid);
      const supervised = supervisor?.startTicks === record.startTicks;
      return { kind: 'running', supervised, ...record };
    }
    if (Date.now() > deadline)
      throw new ToolError(`${folder.serviceLock} is held by an unknown process`);
    await pause(50);
  }
}

/** Stops the service and everything in its group; nothing of it lives when this returns. Throws ToolError when something does. */
export async function stopService(folder: TargetFolder): Promise<void> {
  const service = await inspectService(folder);
  if (service.kind === 'stopped') return;
  // The supervisor passes TERM on; sent to the group the service would get it twice and skip its own shutdown.
  signalProcess(service.supervised ? service.pid : -service.pid, 'SIGTERM');
  if (await lockIsFree(folder.serviceLock, TERM_MS)) return;
  signalProcess(-service.pid, 'SIGKILL');
  if (await lockIsFree(folder.serviceLock, KILL_MS)) return;
  throw new ToolError(`the service of ${folder.dir} does not end`);
}

/** Whether nobody listens on the port, after waiting a moment for a stopped service to leave it. */
export async function portIsFree(port: number): Promise<boolean> {
  const deadline = Date.now() + PORT_FREE_MS;
  while (!(await canListen(port))) {
    if (Date.now() > deadline) return false;
    await pause(100);
  }
  return true;
}

/** Starts the service under its supervisor, detached from this process. Only after `stopService`. Throws ToolError when it does not come up. */
export async function startService(
  folder: TargetFolder,
  spec: ServiceSpec,
  supervisor: readonly string[],
): Promise<void> {
  await rm(folder.serviceRecord, { force: true });
  await pointTo(folder.current, spec.release);
  const child = spawnSupervisor(folder, spec, supervisor);
  const deadline = Date.now() + START_MS;
  while ((await readRecord(folder))?.pid !== child.pid) {
    if (child.exitCode !== null || child.signalCode !== null) {
      throw new ToolError(
        `the supervisor of ${folder.dir} ended at once, see ${folder.serviceLog}`,
      );
    }
    if (Date.now() > deadline)
      throw new ToolError(`the supervisor of ${folder.dir} does not come up`);
    await pause(25);
  }
}

function spawnSupervisor(
  folder: TargetFolder,
  spec: ServiceSpec,
  supervisor: readonly string[],
): ChildProcess {
  const log = openSync(folder.serviceLog, 'a');
  try {
    const child = spawn(
      'flock',
      [
        ...['--no-fork', '--exclusive', '--wait', '5', folder.serviceLock, ...supervisor],
        ...['--lock', folder.serviceLock, '--record', folder.serviceRecord],
        ...['--release', spec.release, '--digest', spec.build.digest],
        ...['--revision', spec.build.revision, '--', ...spec.command],
      ],
      {
        detached: true,
        cwd: folder.dir,
        stdio: ['ignore', log, log],
        env: {
          PATH: spec.path,
          HOME: folder.home,
          PORT: String(spec.port),
          HOST: SERVICE_HOST,
          REVISION: spec.build.revision,
        },
      },
    );
    child.unref();
    return child;
  } finally {
    closeSync(log);
  }
}

/** Size of the service's log in bytes, for `readLogFrom`; a long log is put aside first. */
export async function markLog(folder: TargetFolder): Promise<number> {
  const size = await stat(folder.serviceLog).then(
    (found) => found.size,
    () => 0,
  );
  if (size <= LONGEST_LOG_BYTES) return size;
  await rename(folder.serviceLog, `${folder.serviceLog}.1`);
  return 0;
}

/** The last 16 kB the service and its supervisor wrote after `offset`. */
export async function readLogFrom(folder: TargetFolder, offset: number): Promise<string> {
  const log = await readFile(folder.serviceLog).catch(() => Buffer.alloc(0));
  return log.subarray(Math.max(offset, log.length - 16_000)).toString('utf8');
}

async function readRecord(folder: TargetFolder): Promise<ServiceRecord | null> {
  const text = await readIfThere(folder.serviceRecord);
  return text === null ? null : ServiceRecord.parse(parseJson(text));
}

async function pointTo(link: string, release: string): Promise<void> {
  await rm(`${link}.tmp`, { force: true });
  await symlink(release, `${link}.tmp`);
  await rename(`${link}.tmp`, link);
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}

async function canListen(port: number): Promise<boolean> {
  const server = createServer();
  server.listen({ port, host: SERVICE_HOST });
  try {
    await once(server, 'listening');
  } catch {
    return false;
  }
  server.close();
  await once(server, 'close');
  return true;
}
