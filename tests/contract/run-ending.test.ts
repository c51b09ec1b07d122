import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { lockIsFree } from '../../activities/file-lock.ts';
import { findMarked, findNamespace, readProcess } from '../../activities/runs/processes.ts';
import { createRunnerClient } from '../../activities/runs/runner-client.ts';
import { awaitDeath, RunWorld } from './run-world.ts';

let world: RunWorld;

beforeEach(async () => {
  world = await RunWorld.create();
});
afterEach(async () => {
  await world[Symbol.asyncDispose]();
});

const LIMIT_MS = 10_000;

/** Commands that do not want to end. Each makes the file `up` when all of it runs. */
const HOSTILE: Readonly<Record<string, string>> = {
  'ignores INT and TERM': "trap '' INT TERM HUP; touch up; while :; do sleep 600; done",
  'has children in sessions of their own':
    'for n in 1 2 3; do setsid bash -c \'trap "" INT TERM; sleep 600\' & done; touch up; wait',
  'forks twice and leaves': "(setsid sh -c 'sleep 600 & sleep 600' &) ; touch up; sleep 600",
  'forks a daemon that ends what asks it to end':
    'setsid bash -c \'trap "sleep 600" TERM INT; while :; do sleep 1; done\' & touch up; wait',
  'holds its outputs open after its end': 'setsid sleep 600 & touch up; sleep 1',
};
/** Only a sandbox holds these: they wiped the marker and left the group. */
const ESCAPED: Readonly<Record<string, string>> = {
  'wiped its environment in a session of its own': 'setsid env -i sleep 600 & touch up; wait',
  'wiped everything and closed its outputs':
    "setsid env -i sh -c 'exec >&- 2>&- <&-; sleep 600' & touch up; sleep 600",
};

const table = [
  ...Object.entries(HOSTILE).map(([name, script]) => ({ name, script, isolated: false })),
  ...Object.entries({ ...HOSTILE, ...ESCAPED }).map(([name, script]) => ({
    ...{ name, script, isolated: true },
  })),
];

describe('I10: nothing of a run lives 10 s after it is ended', () => {
  it.each(table)('$name (isolated: $isolated)', async ({ script, isolated }) => {
    const spec = world.spec(script, { sandbox: isolated ? world.sandbox : null });
    const running = world.run(spec);
    await world.saw('up');
    const { init, supervisor } = await world.started();
    const namespace = init === null ? [] : await findNamespace(init.pid);
    if (isolated) expect(namespace.length).toBeGreaterThan(1);
    const from = Date.now();
    await world.runs.kill('run-a', 'STOP');
    expect(Date.now() - from).toBeLessThan(LIMIT_MS);
    expect(await findMarked(world.directory().path)).toEqual([]);
    for (const { pid } of namespace) expect(await readProcess(pid)).toBeNull();
    await awaitDeath(supervisor.pid);
    expect(await lockIsFree(spec.lockPath, 0)).toBe(true);
    expect((await running).killed).toBe('STOP');
  });

  it('ORCH-110: nor when a command ended by itself and its children did not', async () => {
    await world.run(world.spec('sleep 600 & setsid sleep 600 & sleep 0.1'));
    expect(await findMarked(world.directory().path)).toEqual([]);
  });

  it('nor when its supervisor is gone', async () => {
    const running = world.run(world.spec("setsid sh -c 'sleep 600' & touch up; wait"));
    const failed = expect(running).rejects.toThrow('the supervisor of run run-a died');
    await world.saw('up');
    process.kill((await world.started()).supervisor.pid, 'SIGKILL');
    await failed;
    expect(await findMarked(world.directory().path)).not.toEqual([]);
    await world.runs.kill('run-a', 'STOP');
    expect(await findMarked(world.directory().path)).toEqual([]);
    expect(await world.runs.read('run-a')).toMatchObject({ killed: 'STOP', launches: 1 });
  });
});

describe('a run that was stopped', () => {
  it('is never launched again, nor is one nobody knew then', async () => {
    await world.runs.kill('run-a', 'STOP');
    const never = { killed: 'STOP', launches: 0, exitCode: null };
    expect(await world.run(world.spec('true'))).toMatchObject(never);
    expect(await world.run(world.spec('true', { continuation: 1 }))).toMatchObject(never);
    await world.runs.kill('run-a', 'STOP again');
    expect(await world.pids()).toEqual([]);
    expect(world.prepared).toEqual([]);
  });

  it('stays what it was when it had ended before', async () => {
    const exit = await world.run(world.spec('exit 3'));
    await world.runs.kill('run-a', 'STOP');
    expect(await world.runs.read('run-a')).toEqual(exit);
  });

  it('is not launched by what was on its way', async () => {
    const hold = await world.holdSupervisors();
    const running = world.run(world.spec('true'));
    await hold.caught();
    const killed = world.runs.kill('run-a', 'STOP');
    await hold.release();
    await killed;
    expect(await running).toMatchObject({ killed: 'STOP', launches: 0 });
    expect(await world.pids()).toEqual([]);
  });
});

describe('ends of one run at once', () => {
  const order = (throughs: readonly (number | null)[]) =>
    throughs.map((through) => ({ reason: `through ${String(through)}`, through }));

  it.each([
    { throughs: [null, 0, 1], strongest: null },
    { throughs: [3, 1, 2, 0], strongest: 3 },
    { throughs: [0, 2, null, 1], strongest: null },
  ])('leave the strongest bar: $throughs', async ({ throughs, strongest }) => {
    await world.host.start();
    const client = createRunnerClient(world.host.socket);
    await Promise.all(order(throughs).map((stop) => client.end('run-a', stop)));
    expect(await world.directory().read('stop.json')).toEqual(order([strongest])[0]);
    for (const stop of order([0, 1])) await client.end('run-a', stop);
    expect(await world.directory().read('stop.json')).toEqual(order([strongest])[0]);
  });

  it('write its records at once without a trace of each other', async () => {
    const directory = world.directory();
    await directory.create();
    const stops = order(Array.from({ length: 50 }, (_, at) => at));
    await Promise.all(stops.map((stop) => directory.write('stop.json', stop)));
    expect(stops).toContainEqual(await directory.read('stop.json'));
    expect((await readdir(directory.path)).sort()).toEqual(['lock', 'stop.json']);
  });
});

describe('an attempt ends the run', () => {
  it('on a cancel: its reason is thrown, and this continuation is over', async () => {
    const cancel = new AbortController();
    const spec = world.spec('touch up; sleep 600');
    const running = world.run(spec, { cancel: cancel.signal });
    const outcome = expect(running).rejects.toThrow('stop it');
    await world.saw('up');
    cancel.abort(new Error('stop it'));
    await outcome;
    expect(await findMarked(world.directory().path)).toEqual([]);
    expect(await world.run(spec)).toMatchObject({ killed: 'cancelled', launches: 1 });
    const next = await world.run(world.spec('true', { continuation: 1 }));
    expect(next).toMatchObject({ killed: null, exitCode: 0 });
  });

  it('not on a detach: its reason is thrown, and the next one follows', async () => {
    const detach = new AbortController();
    const spec = world.spec('touch up; until [ -e go ]; do sleep 0.02; done; echo done');
    const running = world.run(spec, { detach: detach.signal });
    const outcome = expect(running).rejects.toThrow('the worker shuts down');
    await world.saw('up');
    detach.abort(new Error('the worker shuts down'));
    await outcome;
    await world.let('go');
    expect(await world.run(spec)).toMatchObject({ exitCode: 0, launches: 1 });
    expect(world.lines).toEqual(['done']);
  });

  it('when its watch says so, after silence it measured', async () => {
    const quiet: number[] = [];
    const exit = await world.run(
      world.spec('for n in 1 2 3 4 5 6; do echo $n; sleep 0.3; done; sleep 600'),
      {
        watch: (quietMs) => {
          quiet.push(quietMs);
          return quietMs > 1500 ? 'hung' : null;
        },
      },
    );
    expect(exit).toMatchObject({ killed: 'hung', timedOut: false });
    expect(world.lines).toHaveLength(6);
    expect(quiet[0]).toBeLessThan(1500);
  });

  it('lets a command that listens end by itself when its time is over', async () => {
    const polite = "trap 'touch saved; exit 5' INT; while :; do sleep 0.05; done";
    const exit = await world.run(world.spec(polite, { timeoutMs: 1500 }));
    expect(exit).toMatchObject({ timedOut: true, exitCode: 5, killed: null });
    expect(existsSync(join(world.tree, 'saved'))).toBe(true);
  });
});
