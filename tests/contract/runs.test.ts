import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { lockIsFree } from '../../activities/file-lock.ts';
import { createLocalRuns } from '../../activities/runs/local-runs.ts';
import { findMarked, readProcess } from '../../activities/runs/processes.ts';
import type { RunCommand, RunOptions, Runs, RunSpec } from '../../activities/runs/runs.ts';
import { eventually } from './forge-session.ts';
import type { DriverOrder } from './run-driver.ts';

const QUICK = { interruptMs: 100, terminateMs: 100 };

let dataDir: string;
let tree: string;
let runs: Runs;
let drivers: ChildProcess[];

beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'orch-runs-'));
  tree = join(dataDir, 'tree');
  await mkdir(tree);
  runs = createLocalRuns(dataDir, QUICK);
  drivers = [];
});

afterEach(async () => {
  for (const driver of drivers) driver.kill('SIGKILL');
  for (const runId of ['run-a', 'run-b']) {
    for (const pid of await findMarked(runs.directoryOf(runId))) process.kill(pid, 'SIGKILL');
  }
  await rm(dataDir, { recursive: true, force: true });
});

const specOf = (script: string, change: Partial<RunSpec & RunCommand> = {}) => ({
  runId: 'run-a',
  lockPath: join(dataDir, 'tree.lock'),
  cwd: tree,
  argv: ['bash', '-c', script],
  env: { PATH: process.env['PATH'] ?? '' },
  stdinPath: null,
  timeoutMs: 20_000,
  continuation: 0,
  sandbox: null,
  secrets: [],
  ...change,
});

const never = new AbortController().signal;
const OWNER = { temporalRunId: 'run', attempt: 1 };

const run = (spec: RunSpec & RunCommand, change: Partial<RunOptions> = {}) =>
  runs.run(spec, {
    owner: OWNER,
    cancel: never,
    detach: never,
    onHeartbeat: () => undefined,
    prepare: () => Promise.resolve(spec),
    ...change,
  });

const readPids = async (name: string) =>
  (await readFile(join(tree, name), 'utf8')).trim().split('\n').map(Number);

async function expectDead(pids: readonly number[]): Promise<void> {
  for (const pid of pids) expect(await readProcess(pid)).toBeNull();
}

/** Starts a run in a process of its own, as a worker would. */
function drive(order: Partial<DriverOrder> & Pick<DriverOrder, 'spec'>): ChildProcess {
  const full: DriverOrder = { dataDir, stuckAt: null, ...order };
  const script = join(import.meta.dirname, 'run-driver.ts');
  const driver = spawn(process.execPath, [script, JSON.stringify(full)], { stdio: 'inherit' });
  drivers.push(driver);
  return driver;
}

async function killDriver(driver: ChildProcess): Promise<void> {
  const gone = once(driver, 'exit');
  driver.kill('SIGKILL');
  await gone;
}

describe('a supervised run', () => {
  it('answers with the exit code and keeps both outputs in files', async () => {
    const exit = await run(
      specOf('cat; echo out; echo err >&2; exit 3', { stdinPath: '/etc/hostname' }),
    );
    expect(exit).toMatchObject({ exitCode: 3, signal: null, timedOut: false });
    expect(await readFile(exit.stdoutPath, 'utf8')).toContain('out\n');
    expect(await readFile(exit.stderrPath, 'utf8')).toBe('err\n');
  });

  it('gives the command nothing of our own environment but the run marker', async () => {
    process.env['ORCH_CANARY'] = 'secret';
    const { stdoutPath } = await run(
      specOf('env', { env: { PATH: '/usr/bin:/bin', ONLY: 'this' } }),
    );
    const names = (await readFile(stdoutPath, 'utf8'))
      .split('\n')
      .map((line) => line.split('=')[0]);
    expect(new Set(names)).toEqual(
      new Set(['', 'PATH', 'ONLY', 'ORCH_RUN_ID', 'PWD', 'OLDPWD', 'SHLVL', '_']),
    );
  });

  it('does not run a finished run again, and does until it is discarded', async () => {
    const spec = specOf('echo once >> counted');
    const first = await run(spec);
    expect(await run(spec)).toEqual(first);
    expect(await readFile(join(tree, 'counted'), 'utf8')).toBe('once\n');
    await runs.discard(spec.runId);
    await run(spec);
    expect(await readFile(join(tree, 'counted'), 'utf8')).toBe('once\nonce\n');
  });

  it('tells a command that does not exist by exit code 127', async () => {
    const exit = await run(specOf('', { argv: ['no-such-program'] }));
    expect(exit.exitCode).toBe(127);
  });

  it('ORCH-110: leaves nothing alive when a command ends and its children do not', async () => {
    await run(specOf('sleep 600 & echo $! > pids; setsid sleep 600 & echo $! >> pids; sleep 0.1'));
    await expectDead(await readPids('pids'));
    expect(await findMarked(runs.directoryOf('run-a'))).toEqual([]);
  });

  it('ends a whole tree that ignores INT and TERM when its time is over', async () => {
    const deaf =
      "trap '' INT TERM; echo $$ >> pids; setsid bash -c 'trap \"\" TERM; echo $$ >> pids; while :; do sleep 600; done' & while :; do sleep 600; done";
    const exit = await run(specOf(deaf, { timeoutMs: 1500 }));
    expect(exit).toMatchObject({ timedOut: true });
    const pids = await readPids('pids');
    expect(pids).toHaveLength(2);
    await expectDead(pids);
    expect(await findMarked(runs.directoryOf('run-a'))).toEqual([]);
  });

  it('lets a command that listens end by itself when its time is over', async () => {
    const polite =
      "trap 'echo saved > saved; exit 5' INT; echo up > up; while :; do sleep 0.05; done";
    const slow = createLocalRuns(dataDir, { interruptMs: 10_000, terminateMs: 100 });
    const spec = specOf(polite, { timeoutMs: 1500 });
    const options = {
      owner: OWNER,
      cancel: never,
      detach: never,
      onHeartbeat: () => undefined,
      prepare: () => Promise.resolve(spec),
    };
    const exit = await slow.run(spec, options);
    expect(exit).toMatchObject({ timedOut: true, exitCode: 5 });
    expect(existsSync(join(tree, 'saved'))).toBe(true);
  });

  it('a cancel ends every process, throws its reason and leaves the run to be started again', async () => {
    const cancel = new AbortController();
    const spec = specOf('echo $$ > pids; sleep 600 & echo $! >> pids; touch up; wait');
    const running = run(spec, { cancel: cancel.signal });
    const outcome = expect(running).rejects.toThrow('stop it');
    await eventually(() => {
      expect(existsSync(join(tree, 'up'))).toBe(true);
    });
    cancel.abort(new Error('stop it'));
    await outcome;
    await expectDead(await readPids('pids'));
    expect(await runs.read(spec.runId)).toBeNull();
    expect(await lockIsFree(spec.lockPath, 0)).toBe(true);
  });

  it('a preparation that fails starts nothing and frees the tree', async () => {
    const spec = specOf('touch ran');
    const prepare = () => Promise.reject(new Error('no disk'));
    await expect(run(spec, { prepare })).rejects.toThrow('no disk');
    expect(existsSync(join(tree, 'ran'))).toBe(false);
    expect(await lockIsFree(spec.lockPath, 0)).toBe(true);
  });
});

describe('I12: two runs never share a tree', () => {
  it('the second waits before it prepares, until the first has ended', async () => {
    const order: string[] = [];
    const one = specOf('touch up; until [ -e go ]; do sleep 0.02; done');
    const first = run(one, {
      prepare: () => (order.push('first'), Promise.resolve(one)),
    }).then(() => order.push('first ended'));
    await eventually(() => {
      expect(existsSync(join(tree, 'up'))).toBe(true);
    });
    const two = specOf('true', { runId: 'run-b' });
    const second = run(two, {
      prepare: () => (order.push('second'), Promise.resolve(two)),
    });
    await eventually(() => {
      expect(existsSync(runs.directoryOf('run-b'))).toBe(true);
    });
    await writeFile(join(tree, 'go'), '');
    await Promise.all([first, second]);
    expect(order.indexOf('second')).toBe(order.length - 1);
    expect(order).toHaveLength(3);
  });

  it('the next attempt ends what a killed worker left, then starts again', async () => {
    const script =
      'echo $$ >> pids; setsid sleep 600 & echo $! >> pids; touch up; [ -e second ] || wait';
    const driver = drive({ spec: specOf(script) });
    await eventually(() => {
      expect(existsSync(join(tree, 'up'))).toBe(true);
    });
    await killDriver(driver);
    const left = await readPids('pids');
    expect(await readProcess(left[0] ?? 0)).not.toBeNull();
    let aliveWhilePreparing: unknown[] = [];
    const prepare = async () => {
      aliveWhilePreparing = await Promise.all(left.map(readProcess));
      await writeFile(join(tree, 'second'), '');
      return specOf(script);
    };
    const exit = await run(specOf(script), { prepare });
    expect(exit.exitCode).toBe(0);
    expect(aliveWhilePreparing).toEqual([null, null]);
    await expectDead(await readPids('pids'));
    const owner = await readFile(join(runs.directoryOf('run-a'), 'owner.json'), 'utf8');
    expect(JSON.parse(owner)).toMatchObject({ attempt: 2 });
  });

  it('a worker killed while it prepares the tree starts nothing', async () => {
    const spec = specOf('touch ran');
    const stuckAt = join(dataDir, 'stuck');
    const driver = drive({ spec, stuckAt });
    await eventually(() => {
      expect(existsSync(stuckAt)).toBe(true);
    });
    expect(await lockIsFree(spec.lockPath, 0)).toBe(false);
    await killDriver(driver);
    expect(await lockIsFree(spec.lockPath, 5000)).toBe(true);
    expect(existsSync(join(tree, 'ran'))).toBe(false);
  });

  it('a run of the same id in another data directory is another run', async () => {
    const elsewhere = createLocalRuns(join(dataDir, 'other'), QUICK);
    const script = 'touch up; until [ -e go ]; do sleep 0.02; done';
    const first = run(specOf(script));
    await eventually(() => {
      expect(existsSync(join(tree, 'up'))).toBe(true);
    });
    const lockPath = join(dataDir, 'other.lock');
    const other = specOf('true', { lockPath });
    await elsewhere.run(other, {
      owner: OWNER,
      cancel: never,
      detach: never,
      onHeartbeat: () => undefined,
      prepare: () => Promise.resolve(other),
    });
    await writeFile(join(tree, 'go'), '');
    expect(await first).toMatchObject({ exitCode: 0, signal: null });
  });

  it('a record of another process with the same number ends nothing', async () => {
    const stranger = spawn('sleep', ['600'], { detached: true });
    drivers.push(stranger);
    const directory = runs.directoryOf('run-a');
    await mkdir(directory, { recursive: true });
    const bootId = (await readFile('/proc/sys/kernel/random/boot_id', 'utf8')).trim();
    const owner = { pid: stranger.pid, startTicks: '1', bootId, attempt: 1 };
    await writeFile(join(directory, 'owner.json'), JSON.stringify(owner));
    expect((await run(specOf('true'))).exitCode).toBe(0);
    expect(await readProcess(stranger.pid ?? 0)).not.toBeNull();
  });
});
