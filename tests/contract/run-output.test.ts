import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { eventually } from './forge-session.ts';
import { RunWorld } from './run-world.ts';

let world: RunWorld;

beforeEach(async () => {
  world = await RunWorld.create();
});
afterEach(async () => {
  await world[Symbol.asyncDispose]();
});

const MEBIBYTE = 1024 * 1024;
const SECRETS = [{ name: 'model key', value: 'sk-ant-0123456789abcdef' }];
/** A supervisor with nothing to do, and what the largest buffers may add. */
const MOST_MEMORY = 150 * MEBIBYTE;

const peakOf = (pid: number): number => {
  const kilobytes = /VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  return Number(kilobytes) * 1024;
};

const SLOW = { timeout: 200_000, interval: 100 };

/** Runs a script that says its last line, and answers the most memory its supervisor had by then. */
async function measure(script: string) {
  const held = `${script}\necho LAST; touch said-all; until [ -e go ]; do sleep 0.02; done`;
  const running = world.run(world.spec(held, { secrets: SECRETS }));
  const saidAll = join(world.tree, 'said-all');
  await vi.waitFor(() => existsSync(saidAll) || Promise.reject(new Error('it speaks')), SLOW);
  const peak = peakOf((await world.started()).supervisor.pid);
  await world.let('go');
  return { exit: await running, peak };
}

describe('an output of any size', () => {
  it(
    'of 1 GB: bounded memory and log, the right digest, and the last line',
    { timeout: 240_000 },
    async () => {
      const lines = `yes '{"type":"assistant","text":"all work and no play makes a dull agent"}' | head -c 1073741824`;
      const expected = execFileSync('bash', ['-c', `(${lines}; echo; echo LAST) | sha256sum`]);
      const { exit, peak } = await measure(`${lines}; echo`);
      expect(exit.stdout.sha256).toBe(expected.toString().slice(0, 64));
      expect(exit.stdout.bytes).toBe(1_073_741_824 + 6);
      expect(world.lines.at(-1)).toBe('LAST');
      expect(world.lines[0]).toMatch(/^\{"type"/);
      expect(statSync(exit.stdoutPath).size).toBeLessThan(70 * MEBIBYTE);
      expect(exit.stdout.droppedBytes).toBe(exit.stdout.bytes - statSync(exit.stdoutPath).size);
      expect(peak).toBeLessThan(MOST_MEMORY);
    },
  );

  it(
    'of one line of 100 MB: bounded memory, the line is cut, and the last line is there',
    { timeout: 120_000 },
    async () => {
      const { exit, peak } = await measure("head -c 100000000 /dev/zero | tr '\\0' x; echo");
      expect(world.lines.map((line) => line.length)).toEqual([MEBIBYTE, 4]);
      expect(exit.stdout).toMatchObject({ bytes: 100_000_006, cutLines: 1 });
      expect(exit.stdout.droppedBytes).toBe(100_000_000 - MEBIBYTE);
      expect(peak).toBeLessThan(MOST_MEMORY);
    },
  );

  it('of small pieces without an end: as little memory', { timeout: 120_000 }, async () => {
    const pieces = 'i=0; while [ $i -lt 20000 ]; do printf x; i=$((i+1)); done; echo';
    const { exit, peak } = await measure(pieces);
    expect(world.lines.map((line) => line.length)).toEqual([20_000, 4]);
    expect(exit.stdout).toMatchObject({ cutLines: 0, droppedBytes: 0 });
    expect(peak).toBeLessThan(MOST_MEMORY);
  });
});

describe('what is kept of an output', () => {
  it('is every line, and the half one at the end', async () => {
    const exit = await world.run(world.spec("printf 'one\\n\\ntwo\\nhalf'"));
    expect(world.lines).toEqual(['one', '', 'two', 'half']);
    const sha256 = createHash('sha256').update('one\n\ntwo\nhalf').digest('hex');
    expect(exit.stdout).toEqual({ bytes: 13, sha256, cutLines: 0, droppedBytes: 0 });
  });

  it('has no secret in it, in whatever pieces it came, and its exit names which there was', async () => {
    const { value } = SECRETS[0] as { value: string };
    const [one, other] = [value.slice(0, 9), value.slice(9)];
    const base64 = Buffer.from(`key=${value}`).toString('base64');
    const script = `printf 'a ${one}'; sleep 0.6; echo '${other} b'; echo ${base64} >&2`;
    const exit = await world.run(world.spec(script, { secrets: SECRETS }));
    expect(exit.leaks).toEqual(['model key']);
    expect(world.lines).toEqual(['a [model key] b']);
    const stderr = readFileSync(exit.stderrPath, 'utf8');
    expect(stderr).toContain('[model key]');
    expect(stderr).not.toContain(base64.slice(8, 20));
  });

  it('holds no secret and no environment of the command anywhere in its directory', async () => {
    const { value } = SECRETS[0] as { value: string };
    const env = { PATH: process.env['PATH'] ?? '', MODEL_KEY: value };
    await world.run(world.spec('echo "$MODEL_KEY"; env', { secrets: SECRETS, env }));
    const found = execFileSync('bash', ['-c', `grep -rlF ${value} ${world.dataDir}/runs || true`]);
    expect(found.toString()).toBe('');
  });

  it('is told live, line by line', async () => {
    const running = world.run(
      world.spec('echo \'{"type":"result"}\'; until [ -e go ]; do sleep 0.02; done'),
    );
    const { lines } = world;
    await eventually(() => {
      expect(lines).toHaveLength(1);
    });
    await world.let('go');
    expect((await running).exitCode).toBe(0);
    expect(lines).toEqual(['{"type":"result"}']);
  });
});
