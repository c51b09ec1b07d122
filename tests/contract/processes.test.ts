import { spawn } from 'node:child_process';
import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { text } from 'node:stream/consumers';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readHostId } from '../../workers/host-id.ts';
import { prepareWorkflowBundle } from '../../workers/workflow-bundle.ts';
import { readDelivery } from '../unit/api/recorded-delivery.ts';

const BOARD = readDelivery('plane', 'issue-updated-state').body['data'] as { project: string };
let folder: string;
let env: Record<string, string>;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'processes-'));
  const registry = {
    projects: {
      notes: {
        ...{ name: 'Notes', prefix: 'NT', repo: 'dev/notes2654' },
        board: { workspace: 'acme', projectId: BOARD.project },
        commands: { test: ['true'], build: ['true'], start: ['true'] },
      },
    },
  };
  writeFileSync(join(folder, 'projects.yaml'), JSON.stringify(registry));
  // Nothing listens on port 1: every system is away.
  env = {
    PATH: process.env['PATH'] ?? '',
    ORCH_PROFILE: 'test',
    ORCH_DATA_DIR: join(folder, 'data'),
    ORCH_PROJECTS_FILE: join(folder, 'projects.yaml'),
    ORCH_TEMPORAL_ADDRESS: '127.0.0.1:1',
    ORCH_LEDGER_URL: 'postgres://127.0.0.1:1/none',
    ORCH_PLANE_URL: 'http://127.0.0.1:1',
    ORCH_GITEA_URL: 'http://127.0.0.1:1',
    ORCH_PLANE_WEBHOOK_SECRET: 'plane_wh_test',
    ORCH_GITEA_WEBHOOK_SECRET: 's3cret',
    ORCH_API_PORT: '0',
  };
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

const start = (args: readonly string[], more: Record<string, string> = {}) =>
  spawn(process.execPath, [resolve('workers/cli.ts'), ...args], {
    cwd: folder,
    env: { ...env, ...more },
    stdio: ['ignore', 'pipe', 'pipe'],
  });

/** Runs `orch` to its end. */
async function orch(args: readonly string[], more: Record<string, string> = {}) {
  const child = start(args, more);
  const [out, err] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'close'),
  ]);
  return { code: child.exitCode, out, err };
}

describe('orch as a program', () => {
  it.each<[string[], RegExp]>([
    [['nonsense'], /unknown command 'nonsense'/],
    [['task', 'show'], /missing required argument 'id'/],
    [['task', 'show', 'note'], /^"note" is not a work item id; write it like NOTE-12\n$/],
    [['--env', 'missing.env', 'api'], /missing\.env cannot be used/],
    [['worker', 'flow'], /ORCH_PLANE_TOKEN is not set.*\n.*ORCH_GITEA_TOKEN is not set/],
  ])('%j is wrong use: exit code 2, one message, nothing on stdout', async (args, message) => {
    const { code, out, err } = await orch(args);
    expect(err).toMatch(message);
    expect([code, out]).toEqual([2, '']);
  });

  it('says what does not answer, with exit code 1 and no stack', async () => {
    const { code, err } = await orch(['task', 'show', 'NT-1']);
    expect(code).toBe(1);
    expect(err).toMatch(/^task NT-1 cannot be read: Temporal: .*; ledger: .*; are both up\?\n$/);
  });

  it('names a taken port', async () => {
    const taken = createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    const port = String((taken.address() as AddressInfo).port);
    const { code, err } = await orch(['api'], { ORCH_API_PORT: port });
    taken.close();
    expect(code).toBe(2);
    expect(err).toContain(`port ${port} on 127.0.0.1 is already taken: set ORCH_API_PORT`);
  });

  it('the api lives without Temporal and ledger, says so, takes nothing in, and ends on SIGTERM', async () => {
    const child = start(['api']);
    const [line] = (await once(createInterface({ input: child.stdout }), 'line')) as [string];
    const { name, url } = JSON.parse(line) as { name: string; url: string };
    expect(name).toBe('api');

    expect((await fetch(`${url}/health`)).status).toBe(200);
    const ready = await fetch(`${url}/ready`);
    expect(ready.status).toBe(503);
    expect(await ready.json()).toMatchObject({
      ready: false,
      checks: [
        { name: 'temporal', reason: expect.any(String) as string },
        { name: 'ledger', reason: expect.stringContaining('ECONNREFUSED') as string },
      ],
    });

    const body = JSON.stringify(readDelivery('plane', 'issue-updated-state').body);
    const signature = createHmac('sha256', 'plane_wh_test').update(body).digest('hex');
    const headers = { 'X-Plane-Signature': signature };
    const answer = await fetch(`${url}/webhooks/plane`, { method: 'POST', body, headers });
    expect(answer.status).toBe(503);

    child.kill('SIGTERM');
    const [code] = (await once(child, 'close')) as [number | null];
    expect(code).toBe(0);
  });
});

describe('what a host keeps', () => {
  it('its id is made once, whoever asks', () => {
    const dataDir = join(folder, 'host');
    const id = readHostId(dataDir);
    expect(id).toMatch(/^h[0-9a-f]{8}$/);
    expect(readHostId(dataDir)).toBe(id);
    expect(readHostId(join(folder, 'other-host'))).not.toBe(id);
  });

  it('workflows are bundled once', async () => {
    const bundles = join(folder, 'bundles');
    const [one, two] = [await prepareWorkflowBundle(bundles), await prepareWorkflowBundle(bundles)];
    expect(two).toEqual(one);
    const { mtimeMs, size } = statSync(one.codePath);
    expect(size).toBeGreaterThan(100_000);
    await prepareWorkflowBundle(bundles);
    expect(statSync(one.codePath).mtimeMs).toBe(mtimeMs);
  });
});
