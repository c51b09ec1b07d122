import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createRunnerClient } from '../../activities/runs/runner-client.ts';
import type { RunExit, Runs } from '../../activities/runs/runs.ts';
import { createSupervisedRuns } from '../../activities/runs/supervised-runs.ts';
import type { WholeRun } from './run-order.ts';
import { endProcess, RunWorld } from './run-world.ts';

let world: RunWorld;
let runs: Runs;
let runner: ChildProcess;

beforeEach(async () => {
  world = await RunWorld.create();
  runs = createSupervisedRuns(world.dataDir, createRunnerClient(world.host.socket));
  runner = await startRunner();
});
afterEach(async () => {
  await endProcess(runner, 'SIGKILL');
  await world[Symbol.asyncDispose]();
});

const spawnRunner = () => {
  const env = { PATH: process.env['PATH'] ?? '', ORCH_DATA_DIR: world.dataDir };
  return spawn(process.execPath, [resolve('workers/cli.ts'), 'runner'], {
    env: { ...env, ORCH_PROFILE: 'test', ORCH_LOG_LEVEL: 'silent' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
};

async function startRunner(): Promise<ChildProcess> {
  const child = spawnRunner();
  const [line] = (await once(createInterface({ input: child.stdout }), 'line')) as [string];
  expect(JSON.parse(line)).toEqual({ name: 'runner', socket: world.host.socket });
  return child;
}

const never = new AbortController().signal;
const lines: string[] = [];

function run(spec: WholeRun): Promise<RunExit> {
  lines.length = 0;
  return runs.run(spec, {
    owner: { temporalRunId: 'run', activityId: '1', attempt: 1 },
    cancel: never,
    detach: never,
    onHeartbeat: () => undefined,
    onLine: (line) => lines.push(line),
    prepare: () => Promise.resolve(spec),
  });
}

const SCRIPT = 'echo one; touch up; until [ -e go ]; do sleep 0.02; done; echo two; exit 7';

describe('orch runner', () => {
  it.each(['SIGKILL', 'SIGTERM'] as const)('ends no run when it ends by %s', async (signal) => {
    const running = run(world.spec(SCRIPT));
    await world.saw('up');
    await endProcess(runner, signal);
    await world.let('go');
    expect(await running).toMatchObject({ exitCode: 7, killed: null, launches: 1 });
    expect(lines).toEqual(['one', 'two']);
  });

  it('ends a run that the one before it started', async () => {
    const running = run(world.spec(SCRIPT));
    await world.saw('up');
    await endProcess(runner, 'SIGKILL');
    await expect(runs.kill('run-a', 'STOP')).rejects.toThrow('the runner does not answer');
    runner = await startRunner();
    await runs.kill('run-a', 'STOP');
    expect(await running).toMatchObject({ killed: 'STOP', launches: 1 });
  });

  it('lets nobody but its user speak to it, and is the only one at its socket', async () => {
    expect(statSync(world.host.socket).mode & 0o777).toBe(0o600);
    const other = spawnRunner();
    const [complaint] = await Promise.all([text(other.stderr), once(other, 'exit')]);
    expect(other.exitCode).toBe(2);
    expect(complaint).toContain(`another one serves ${join(world.dataDir, 'runner.sock')} already`);
  });

  it('hands nothing of its own environment to a supervisor', async () => {
    const running = run(world.spec(SCRIPT));
    await world.saw('up');
    const { pid } = (await world.started()).supervisor;
    const environment = readFileSync(`/proc/${pid}/environ`, 'utf8');
    const names = environment.split('\0').map((entry) => entry.split('=')[0]);
    expect(names.filter(Boolean).sort()).toEqual(['NODE_COMPILE_CACHE', 'PATH']);
    await world.let('go');
    await running;
  });
});
