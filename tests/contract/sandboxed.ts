import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { buildSandboxArgv } from '../../activities/runs/sandbox/build-argv.ts';
import { startProxy } from '../../activities/runs/sandbox/proxy.ts';
import type { Sandbox } from '../../activities/runs/sandbox/sandbox.ts';

/** A sandbox that allows nothing but what a test names. */
export const CLOSED: Sandbox = {
  writable: [],
  readable: [],
  tmpBytes: 8 * 1024 * 1024,
  network: { kind: 'none' },
  memoryBytes: null,
  processes: null,
};

const PATH = process.env['PATH'] ?? '';
const IS_ROOT = process.getuid?.() === 0;

/** What a sandboxed command did. */
export interface SandboxedEnd {
  exitCode: number | null;
  stdout: string;
  stderr: string;
  refused: readonly string[];
}

/** Runs one command in a sandbox to its end, the way a supervisor does; `uid` = by another user, which only root can. */
export async function runSandboxed(
  sandbox: Sandbox,
  argv: readonly string[],
  more: { cwd?: string; env?: Record<string, string>; uid?: number } = {},
): Promise<SandboxedEnd> {
  const proxySocket = join(await mkdtemp(join(tmpdir(), 'net-')), 'net.sock');
  const proxy = await startProxy(sandbox.network, proxySocket);
  const command = buildSandboxArgv(sandbox, {
    ...{ argv, env: { PATH, ...more.env }, cwd: more.cwd ?? '/' },
    ...{ proxySocket, statusFd: 3, node: process.execPath },
  });
  const [program = '', ...args] = command.argv;
  const child = spawn(program, args, {
    env: command.env,
    stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
    ...(IS_ROOT && more.uid !== undefined && { uid: more.uid, gid: more.uid }),
  });
  const ended = once(child, 'exit') as Promise<[number | null]>;
  const [stdout, stderr, [exitCode]] = await Promise.all([
    text(child.stdio[1] as Readable),
    text(child.stdio[2] as Readable),
    ended,
  ]);
  const refused = proxy?.refused() ?? [];
  await proxy?.close();
  await rm(dirname(proxySocket), { recursive: true });
  return { exitCode, stdout, stderr, refused };
}
