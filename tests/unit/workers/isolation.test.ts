import { chmod, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadAgentsConfig, loadRunnerConfig } from '../../../workers/config.ts';
import { ConfigurationError } from '../../../workers/env-reader.ts';

let folder = '';

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'isolation-'));
});
afterEach(async () => {
  await rm(folder, { recursive: true });
});

const isolationOf = (env: Record<string, string>) =>
  loadAgentsConfig({
    ORCH_TEMPORAL_ADDRESS: '127.0.0.1:7233',
    ORCH_LEDGER_URL: 'postgres://127.0.0.1:5432/ledger',
    ORCH_PLANE_URL: 'http://127.0.0.1:3400/',
    ORCH_GITEA_URL: 'http://127.0.0.1:3300',
    ORCH_PLANE_READ_TOKEN: 'read-key',
    ORCH_GITEA_GIT_TOKEN: 'push-key',
    ORCH_DATA_DIR: join(folder, 'data'),
    PATH: '/usr/bin',
    ...env,
  }).isolation;

function problemsOf(env: Record<string, string>): readonly string[] {
  try {
    isolationOf(env);
  } catch (error) {
    if (error instanceof ConfigurationError) return error.problems;
    throw error;
  }
  return [];
}

async function install(path: string): Promise<string> {
  const file = join(folder, path);
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, '#!/bin/sh\n');
  await chmod(file, 0o755);
  return file;
}

describe('what runs may read', () => {
  it('holds node and what was named', async () => {
    await mkdir(join(folder, 'tools'));
    const { readable, memoryBytes, endpoints } = isolationOf({
      ORCH_SANDBOX_READABLE: `${folder}/tools`,
    });
    expect(readable).toContain(`${folder}/tools`);
    expect(readable.some((path) => process.execPath.startsWith(path))).toBe(true);
    expect({ memoryBytes, endpoints }).toEqual({ memoryBytes: null, endpoints: [] });
  });

  it('holds the packages an agent’s program comes with, wherever PATH finds it', async () => {
    const real = await install('lib/node_modules/@acme/agent/cli.js');
    await mkdir(join(folder, 'bin'));
    await symlink(real, join(folder, 'bin/agent'));
    const { readable } = isolationOf({
      ORCH_AGENT_COMMAND: 'agent --fast',
      PATH: `/usr/bin:${folder}/bin`,
    });
    expect(readable).toEqual(
      expect.arrayContaining([`${folder}/bin`, `${folder}/lib/node_modules`]),
    );
  });

  it('holds of a program of its own the file alone', async () => {
    const file = await install('home/agent');
    const { readable } = isolationOf({ ORCH_AGENT_COMMAND: `${file} run` });
    expect(readable).toContain(file);
    expect(readable).not.toContain(dirname(file));
  });

  it('holds nothing of a folder that an agent’s command names', async () => {
    const file = await install('home/agent');
    await mkdir(join(folder, 'tools/bin'), { recursive: true });
    const { readable } = isolationOf({
      ORCH_AGENT_COMMAND: `${file} --add-dir ${folder}/tools ${folder}/tools/bin ${file}/beside`,
    });
    expect(readable.filter((path) => path.startsWith(folder))).toEqual([file]);
  });

  it('never holds the data folder, nor a part of it, nor what is not there', () => {
    const data = join(folder, 'data');
    for (const path of [folder, '/', join(data, 'runs'), join(folder, 'absent')]) {
      const problems = problemsOf({ ORCH_SANDBOX_READABLE: path, ORCH_DATA_DIR: data });
      expect(problems).toHaveLength(1);
    }
  });
});

it('an endpoint that is no host:port stops the start', () => {
  const list = 'gateway.example.com:443,https://api.example.com,*.example.org:443';
  expect(problemsOf({ ORCH_AGENT_ENDPOINTS: list })).toEqual([
    'ORCH_AGENT_ENDPOINTS names https://api.example.com, which is no host:port',
  ]);
});

it.each([
  [{}, true],
  [{ ORCH_PROFILE: 'test' }, false],
  [{ ORCH_PROFILE: 'test', ORCH_REQUIRE_SANDBOX: 'true' }, true],
  [{ ORCH_REQUIRE_SANDBOX: 'false' }, false],
])('whether a sandbox is required with %j: %s', (env, required) => {
  expect(loadRunnerConfig(env).requireSandbox).toBe(required);
});
