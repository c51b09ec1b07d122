import { request } from 'node:http';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createRunnerClient } from '../../activities/runs/runner-client.ts';
import type { Launch } from '../../activities/runs/supervise/launch.ts';
import { RunWorld } from './run-world.ts';

let world: RunWorld;
let launch: Launch;

beforeEach(async () => {
  world = await RunWorld.create();
  await world.host.start();
  const { argv, env, stdinPath, ...spec } = world.spec('true', { sandbox: world.sandbox });
  const token = { runId: 'run-a', continuation: 0, launch: 1, nonce: 'old' };
  launch = { spec, command: { argv, env, stdinPath }, token };
});
afterEach(async () => {
  await world[Symbol.asyncDispose]();
});

/** Speaks to the runner as a worker of another version might. */
async function post(path: string, body: string): Promise<{ status: number; reason: string }> {
  const call = request({ socketPath: world.host.socket, path, method: 'POST', agent: false });
  call.end(body);
  return new Promise((resolve, reject) => {
    call.once('error', reject);
    call.once('response', (response) => {
      text(response).then((answer) => {
        const { reason } = JSON.parse(answer) as { reason: string };
        resolve({ status: response.statusCode ?? 0, reason });
      }, reject);
    });
  });
}

const change = (at: keyof Launch, fields: object): object => ({
  ...launch,
  [at]: { ...launch[at], ...fields },
});
const STOP = { reason: 'STOP', through: null };

describe('a body the runner does not take', () => {
  it.each<[string, string, () => object, RegExp]>([
    [
      'lacks a field',
      '/start',
      () => change('spec', { timeoutMs: undefined }),
      /^spec\.timeoutMs: /,
    ],
    ['has one too many', '/start', () => change('spec', { nice: 5 }), /^spec: .*"nice"/],
    [
      'sets a limit it cannot keep',
      '/start',
      () => change('spec', { sandbox: { ...world.sandbox, cpus: 2 } }),
      /^spec\.sandbox: .*"cpus"/,
    ],
    [
      'opens the sandbox in a way it does not know',
      '/start',
      () => change('spec', { sandbox: { ...world.sandbox, network: { kind: 'open' } } }),
      /^spec\.sandbox\.network\.kind: /,
    ],
    [
      'runs in no folder',
      '/start',
      () => change('spec', { cwd: 'tree' }),
      /^spec\.cwd: not an abs/,
    ],
    ['runs nothing', '/start', () => change('command', { argv: [] }), /^command\.argv: /],
    [
      'names a key with no text',
      '/start',
      () => change('command', { env: { KEY: 1 } }),
      /^command\.env\.KEY: /,
    ],
    ['holds no token', '/start', () => change('token', { nonce: '' }), /^token\.nonce: /],
    [
      'bars half a time',
      '/end',
      () => ({ runId: 'run-a', stop: { ...STOP, through: 0.5 } }),
      /^stop\.through: /,
    ],
    [
      'forgets how far',
      '/end',
      () => ({ runId: 'run-a', stop: { reason: 'STOP' } }),
      /^stop\.through: /,
    ],
    ['leaves the folder', '/sweep', () => ({ runId: '../run-a' }), /^runId: not a run id/],
    ['is no object', '/sweep', () => [], /^the body: /],
  ])('one that %s (%s)', async (...[, path, body, problem]) => {
    const { status, reason } = await post(path, JSON.stringify(body()));
    expect(status).toBe(400);
    expect(reason).toMatch(problem);
    expect(reason).toMatch(/^[^\n]+ \(are worker and runner of one version\?\)$/);
  });

  it('one that is no JSON, and nothing of it is repeated', async () => {
    const answer = await post('/start', '{"key": sk-secret');
    expect(answer).toEqual({ status: 400, reason: 'the body is not JSON' });
  });

  it('one above 1 MiB, while one just below it is taken', async () => {
    const withKey = (bytes: number) => change('command', { env: { KEY: 'x'.repeat(bytes) } });
    const { status, reason } = await post('/start', JSON.stringify(withKey(1_048_576)));
    expect(status).toBe(413);
    expect(reason).toMatch(/^the body has \d+ bytes, 1048576 are the most$/);
    const large = withKey(1_000_000) as Launch;
    const client = createRunnerClient(world.host.socket);
    expect(await client.start(large)).toMatchObject({ kind: 'refused' });
  });

  it('is told the worker as what no repeating helps', async () => {
    const client = createRunnerClient(world.host.socket);
    const command = { ...launch.command, argv: [] };
    await expect(client.start({ ...launch, command })).rejects.toMatchObject({
      name: 'PermanentError',
      message: expect.stringMatching(
        /^the runner does not take \/start: command\.argv: /,
      ) as string,
    });
    const reason = 'x'.repeat(1_048_576);
    await expect(client.end('run-a', { reason, through: null })).rejects.toMatchObject({
      name: 'PermanentError',
      message: expect.stringMatching(/^the runner does not take \/end: the body has /) as string,
    });
  });
});

it('what a caller hands on beside a launch does not reach the runner', async () => {
  const client = createRunnerClient(world.host.socket);
  const spec = { ...launch.spec, note: 'for nobody' };
  expect(await client.start({ ...launch, spec })).toMatchObject({ kind: 'refused' });
});
