import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { lockIsFree } from '../../activities/file-lock.ts';
import { readProcess } from '../../activities/runs/processes.ts';
import { createRunnerClient } from '../../activities/runs/runner-client.ts';
import type { RunExit } from '../../activities/runs/runs.ts';
import { eventually } from './forge-session.ts';
import type { WholeRun } from './run-order.ts';
import { awaitDeath, endProcess, RunWorld } from './run-world.ts';

let world: RunWorld;

beforeEach(async () => {
  world = await RunWorld.create();
});
afterEach(async () => {
  await world[Symbol.asyncDispose]();
});

/** Speaks before and after it is let go on, and ends in a way nothing else does. */
const SCRIPT = `
echo one; touch speaking
until [ -e go-on ]; do sleep 0.02; done
echo two; touch said-all
until [ -e end ]; do sleep 0.02; done
exit 7`;

/** Brings a worker to a point of a run, and says how the run goes on once the worker is dead. */
interface KillPoint {
  reach: (spec: WholeRun) => Promise<ChildProcess>;
  goOn: () => Promise<void>;
}

const letEnd = async (): Promise<void> => {
  await world.let('go-on');
  await world.let('end');
};

const POINTS: Readonly<Record<string, () => KillPoint>> = {
  'before the spawn': () => ({
    reach: async (spec) => {
      const file = join(world.dataDir, 'stuck');
      const driver = await world.drive(spec, { stuck: { at: 'prepare', file } });
      await eventually(() => {
        expect(existsSync(file)).toBe(true);
      });
      return driver;
    },
    goOn: letEnd,
  }),
  'after the spawn, before anything is recorded': () => {
    let release = (): Promise<void> => Promise.resolve();
    return {
      reach: async (spec) => {
        const hold = await world.holdSupervisors();
        release = hold.release;
        const driver = await world.drive(spec);
        await hold.caught();
        return driver;
      },
      goOn: async () => {
        await release();
        await letEnd();
      },
    };
  },
  'in the middle of the stream': () => ({
    reach: async (spec) => {
      const driver = await world.drive(spec);
      await world.saw('speaking');
      return driver;
    },
    goOn: letEnd,
  }),
  'after the last line, before the exit': () => ({
    reach: async (spec) => {
      const driver = await world.drive(spec);
      await world.let('go-on');
      await world.saw('said-all');
      return driver;
    },
    goOn: letEnd,
  }),
  'after the exit, before anybody was told': () => ({
    reach: async (spec) => {
      await letEnd();
      const file = join(world.dataDir, 'stuck');
      const driver = await world.drive(spec, { stuck: { at: 'end', file } });
      await eventually(() => {
        expect(existsSync(file)).toBe(true);
      });
      return driver;
    },
    goOn: () => Promise.resolve(),
  }),
};

const table = Object.entries(POINTS).flatMap(([name, point]) =>
  (['SIGKILL', 'SIGTERM'] as const).map((signal) => ({ name, signal, point })),
);

function expectWhole(exit: RunExit): void {
  expect(exit).toMatchObject({ exitCode: 7, signal: null, killed: null, timedOut: false });
  expect(world.lines).toEqual(['one', 'two']);
}

describe('I12: a worker that dies loses no run', () => {
  it.each(table)('$signal $name: one process ever ran, and its output is used', async (row) => {
    const spec = world.spec(SCRIPT);
    const { reach, goOn } = row.point();
    await endProcess(await reach(spec), row.signal);
    const next = world.run(spec);
    await goOn();
    const exit = await next;
    expectWhole(exit);
    expect(exit.launches).toBe(1);
    expect(await world.pids()).toHaveLength(1);
  });

  it.each([{ isolated: true }, { isolated: false }])(
    'a machine that went down takes the command with it, and the next launch goes on (isolated: $isolated)',
    async ({ isolated }) => {
      const spec = world.spec(`[ -e speaking ] && { echo resumed; exit 7; }\n${SCRIPT}`, {
        sandbox: isolated ? world.sandbox : null,
      });
      const driver = await world.drive(spec);
      await world.saw('speaking');
      await endProcess(driver, 'SIGKILL');
      const started = await world.started();
      process.kill(started.supervisor.pid, 'SIGKILL');
      await awaitDeath((started.init ?? started.leader)?.pid ?? 0);
      const stranger = spawn('sleep', ['600']);
      const other = {
        pid: stranger.pid ?? 0,
        startTicks: '1',
        bootId: 'another boot',
        pidNamespace: '',
      };
      await world.directory().write('started.json', {
        ...started,
        supervisor: other,
        init: other,
        leader: other,
      });
      const exit = await world.run(spec);
      expect(exit).toMatchObject({ exitCode: 7, launches: 2 });
      expect(world.prepared).toEqual(['go-on']);
      expect(world.lines).toEqual(['one', 'resumed']);
      expect(await world.pids()).toHaveLength(2);
      expect(await readProcess(stranger.pid ?? 0)).not.toBeNull();
      await endProcess(stranger, 'SIGKILL');
    },
  );

  it('keeps the deadline when no worker comes back', async () => {
    const driver = await world.drive(world.spec('sleep 600', { timeoutMs: 1000 }));
    const { supervisor } = await world.started();
    await endProcess(driver, 'SIGKILL');
    await awaitDeath(supervisor.pid);
    expect(await world.runs.read('run-a')).toMatchObject({ timedOut: true, launches: 1 });
  });

  it('counts the time of a launch that died', async () => {
    const spec = world.spec('touch speaking; sleep 600', { timeoutMs: 4000 });
    const driver = await world.drive(spec);
    await world.saw('speaking');
    const { supervisor, launchedAt } = await world.started();
    await eventually(async () => {
      const at = await world.directory().readWorkedMs(await world.started());
      expect(at).toBeGreaterThan(900);
    });
    await endProcess(driver, 'SIGKILL');
    process.kill(supervisor.pid, 'SIGKILL');
    const exit = await world.run(spec);
    expect(exit).toMatchObject({ timedOut: true, launches: 2, startedAt: launchedAt });
    const secondMs = Date.parse(exit.endedAt) - Date.parse((await world.started()).launchedAt);
    expect(exit.workedMs - secondMs).toBeGreaterThan(900);
  });
});

describe('who owns a run', () => {
  it('a cancel of an attempt that was superseded ends nothing', async () => {
    const spec = world.spec(SCRIPT);
    const cancel = new AbortController();
    const first = expect(world.run(spec, { cancel: cancel.signal })).rejects.toThrow('stop it');
    await world.saw('speaking');
    const second = world.run(spec);
    await eventually(async () => {
      expect(await world.directory().read('owner.json')).toMatchObject({ attempt: 2 });
    });
    cancel.abort(new Error('stop it'));
    await first;
    await letEnd();
    expectWhole(await second);
  });

  it('an attempt older than the owner takes nothing over', async () => {
    const spec = world.spec('true');
    const at = (attempt: number) => ({ owner: { temporalRunId: 'run', activityId: '1', attempt } });
    await world.run(spec, at(5));
    await expect(world.run(spec, at(4))).rejects.toThrow('another attempt took run run-a over');
    const laterCall = { temporalRunId: 'run', activityId: '2', attempt: 1 };
    expect(await world.run(spec, { owner: laterCall })).toMatchObject({ exitCode: 0, launches: 1 });
  });

  it('a start that is late is refused', async () => {
    const spec = world.spec(SCRIPT);
    const running = world.run(spec);
    await world.saw('speaking');
    const late = { runId: 'run-a', continuation: 0, launch: 1, nonce: 'old' };
    const client = createRunnerClient(world.host.socket);
    const answer = client.start({ spec, command: spec, token: late });
    await letEnd();
    expectWhole(await running);
    expect(await answer).toMatchObject({ kind: 'refused' });
    expect(await client.start({ spec, command: spec, token: late })).toEqual({
      kind: 'refused',
      reason: 'the run has ended',
    });
    expect(await world.pids()).toHaveLength(1);
  });
});

describe('I12: two runs never share a tree', () => {
  it('a launch is refused when the tree changed hands under it, and prepares again', async () => {
    const hold = await world.holdSupervisors();
    const one = world.spec('echo one >> order');
    const other = world.spec('echo other-begins >> order; sleep 0.3; echo other-ends >> order', {
      runId: 'run-b',
    });
    const first = world.run(one);
    const { prepared } = world;
    await hold.caught();
    const second = world.run(other);
    await eventually(() => {
      expect(world.prepared).toEqual(['start']);
    });
    await hold.release();
    await Promise.all([first, second]);
    expect(prepared).toEqual(['start', 'start']);
    expect(await readFile(join(world.tree, 'order'), 'utf8')).toBe(
      'other-begins\nother-ends\none\n',
    );
  });

  it('the second waits before it prepares, until the first has ended', async () => {
    const first = world.run(world.spec(SCRIPT)).then(() => world.prepared.length);
    await world.saw('speaking');
    const second = world.run(world.spec('true', { runId: 'run-b' }));
    await eventually(() => {
      expect(existsSync(world.directory('run-b').lockPath)).toBe(true);
    });
    await letEnd();
    expect(await first).toBe(0);
    await second;
  });

  it('a worker killed while it prepares frees the tree', async () => {
    const spec = world.spec('touch ran');
    const file = join(world.dataDir, 'stuck');
    const driver = await world.drive(spec, { stuck: { at: 'prepare', file } });
    await eventually(() => {
      expect(existsSync(file)).toBe(true);
    });
    expect(await lockIsFree(spec.lockPath, 0)).toBe(false);
    await endProcess(driver, 'SIGKILL');
    expect(await lockIsFree(spec.lockPath, 5000)).toBe(true);
    expect(existsSync(join(world.tree, 'ran'))).toBe(false);
  });
});
