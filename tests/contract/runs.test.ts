import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { lockIsFree } from '../../activities/file-lock.ts';
import { createRunnerClient } from '../../activities/runs/runner-client.ts';
import { createSupervisedRuns } from '../../activities/runs/supervised-runs.ts';
import { RunHost } from '../world/run-host.ts';
import { RunWorld } from './run-world.ts';

let world: RunWorld;

beforeEach(async () => {
  world = await RunWorld.create();
});
afterEach(async () => {
  await world[Symbol.asyncDispose]();
});

const namesIn = (text: string): Set<string> =>
  new Set(text.split('\n').map((line) => line.split('=')[0] ?? ''));

describe.each([{ isolated: false }, { isolated: true }])(
  'a supervised run (isolated: $isolated)',
  ({ isolated }) => {
    const sandboxOf = () => (isolated ? world.sandbox : null);

    it('answers with the exit code, and keeps both outputs in files', async () => {
      const script = 'cat; echo out > /dev/stdout; echo err > /dev/stderr; exit 3';
      const spec = world.spec(script, { stdinPath: '/etc/hostname', sandbox: sandboxOf() });
      const exit = await world.run(spec);
      expect(exit).toMatchObject({ exitCode: 3, signal: null, timedOut: false, killed: null });
      expect(world.lines.at(-1)).toBe('out');
      expect(await readFile(exit.stderrPath, 'utf8')).toBe('err\n');
    });

    it('gives the command nothing of our own environment, and no descriptor of ours', async () => {
      process.env['ORCH_CANARY'] = 'secret';
      const env = { PATH: '/usr/bin:/bin', ONLY: 'this' };
      const script = 'env; ls /proc/self/fd > fds';
      await world.run(world.spec(script, { env, sandbox: sandboxOf() }));
      const own = ['PATH', 'ONLY', 'ORCH_RUN_ID', 'PWD', 'SHLVL', '_'];
      const temporary = isolated ? ['TMPDIR'] : [];
      expect(namesIn(world.lines.join('\n'))).toEqual(new Set([...own, ...temporary]));
      // 3 is the folder that is listed.
      const fds = (await readFile(join(world.tree, 'fds'), 'utf8')).split('\n').map(Number);
      expect(fds.filter((fd) => fd > 3 && fd < 100)).toEqual([]);
    });

    it('tells a command that does not exist, and one that was killed', async () => {
      const sandbox = sandboxOf();
      const missing = await world.run(world.spec('', { argv: ['no-such-program'], sandbox }));
      expect(missing.exitCode).toBe(127);
      const killed = await world.run(world.spec('kill -9 $$', { runId: 'run-b', sandbox }));
      expect(killed).toMatchObject({ exitCode: null, signal: 'SIGKILL', killed: null });
    });
  },
);

describe('a run that ended', () => {
  it('is not run again until it is discarded, and tells its lines each time', async () => {
    const spec = world.spec('echo said');
    const first = await world.run(spec);
    expect(await world.run(spec)).toEqual(first);
    expect(world.lines).toEqual(['said']);
    expect(await world.runs.read('run-a')).toEqual(first);
    await world.runs.discard('run-a');
    expect(await world.runs.read('run-a')).toBeNull();
    await world.run(spec);
    expect(world.lines).toEqual(['said']);
    expect(await world.pids()).toHaveLength(2);
  });

  it('goes on when the workflow says so, with output of its own', async () => {
    await world.run(world.spec('echo first; echo half >&2'));
    const exit = await world.run(world.spec('echo second', { continuation: 1 }));
    expect(world.prepared).toEqual(['go-on']);
    expect(world.lines).toEqual(['second']);
    expect(exit).toMatchObject({ continuation: 1, launches: 1, stdoutFrom: 6 });
    expect(exit.lastLaunch).toEqual({ stdoutFrom: 6, stderrFrom: 5 });
    await expect(world.run(world.spec('true'))).rejects.toThrow('another attempt took run');
  });

  it('starts over in a tree another run worked in since', async () => {
    await world.run(world.spec('true'));
    await world.run(world.spec('true', { runId: 'run-b' }));
    await world.run(world.spec('true', { continuation: 1 }));
    expect(world.prepared).toEqual(['start']);
  });
});

describe('what goes wrong before there is a process', () => {
  it('a preparation that fails starts nothing and frees the tree', async () => {
    const spec = world.spec('touch ran');
    const prepare = () => Promise.reject(new Error('no disk'));
    await expect(world.run(spec, { prepare })).rejects.toThrow('no disk');
    expect(existsSync(join(world.tree, 'ran'))).toBe(false);
    expect(await lockIsFree(spec.lockPath, 0)).toBe(true);
  });

  it('a command that cannot be started is a broken tool, and the next attempt starts it', async () => {
    const stdinPath = join(world.dataDir, 'missing');
    await expect(world.run(world.spec('true', { stdinPath }))).rejects.toMatchObject({
      name: 'ToolError',
      message: expect.stringMatching(/cannot be started: ENOENT.*missing/) as string,
    });
    expect((await world.run(world.spec('true'))).launches).toBe(1);
    expect(world.prepared).toEqual(['start']);
  });

  it('a sandbox that cannot be made is told as what killed the run', async () => {
    const readable = [join(world.dataDir, 'missing')];
    const sandbox = { ...world.sandbox, readable };
    const exit = await world.run(world.spec('true', { sandbox }));
    expect(exit.killed).toMatch(/sandbox could not be set up/);
    expect(await world.pids()).toEqual([]);
  });

  it('a runner that is not there is named', async () => {
    const socket = join(world.dataDir, 'nobody.sock');
    const runs = createSupervisedRuns(world.dataDir, createRunnerClient(socket));
    const spec = world.spec('true');
    const options = {
      owner: { temporalRunId: 'run', activityId: '1', attempt: 1 },
      cancel: new AbortController().signal,
      detach: new AbortController().signal,
      onHeartbeat: () => undefined,
      prepare: () => Promise.resolve(spec),
    };
    const sentence = `the runner does not answer at ${socket} (ENOENT): is "orch runner" up, and ORCH_RUNNER_SOCKET the same for both?`;
    const unreachable = { name: 'ToolError', message: sentence };
    await expect(runs.run(spec, options)).rejects.toMatchObject(unreachable);
    await expect(runs.kill('run-a', 'STOP')).rejects.toMatchObject(unreachable);
  });

  it('a run of the same id in another data directory is another run', async () => {
    const dataDir = join(world.dataDir, 'a'.repeat(100));
    await mkdir(dataDir);
    await using elsewhere = new RunHost(dataDir);
    const first = world.run(world.spec('touch up; until [ -e go ]; do sleep 0.02; done'));
    await world.saw('up');
    const other = world.spec('true', { lockPath: join(dataDir, 'tree.lock') });
    const exit = await elsewhere.runs.run(other, {
      owner: { temporalRunId: 'run', activityId: '1', attempt: 1 },
      cancel: new AbortController().signal,
      detach: new AbortController().signal,
      onHeartbeat: () => undefined,
      prepare: () => Promise.resolve(other),
    });
    expect(exit.exitCode).toBe(0);
    await world.let('go');
    expect(await first).toMatchObject({ exitCode: 0, signal: null });
  });
});

it('leaves no lock of a git that was killed, and follows no link to one', async () => {
  const outside = join(world.dataDir, 'outside');
  await mkdir(outside);
  await writeFile(join(outside, 'index.lock'), '');
  await mkdir(join(world.tree, '.git/refs/heads'), { recursive: true });
  const locks = ['.git/index.lock', '.git/refs/heads/main.lock'];
  await world.run(world.spec(`touch ${locks.join(' ')}; ln -s ${outside} .git/refs/link`));
  for (const lock of locks) expect(existsSync(join(world.tree, lock))).toBe(false);
  expect(existsSync(join(outside, 'index.lock'))).toBe(true);
});
