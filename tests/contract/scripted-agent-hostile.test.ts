import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { lstat, readFile, readlink, stat } from 'node:fs/promises';
import { createServer } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { join, resolve } from 'node:path';
import { execa } from 'execa';
import { describe, expect, it, vi } from 'vitest';
import {
  commitTree,
  git,
  isGreen,
  makeWorkFolder,
  readEvents,
  startAgent,
  STREAM_FLAGS,
  writeTask,
  type AgentEvent,
  type WorkFolder,
} from './scripted-agent-run.ts';

const BUBBLEWRAP = 'bwrap';

async function startDeveloper(at: WorkFolder, scenario: string, env: Record<string, string> = {}) {
  const prompt = await writeTask(at, { role: 'developer', body: `Scenario: ${scenario}` });
  return startAgent(STREAM_FLAGS, { cwd: at.tree, prompt, env });
}

const expectSuccess = (events: AgentEvent[]) => {
  expect(events.at(-1)).toMatchObject({ type: 'result', subtype: 'success', is_error: false });
};

/** What its commands printed. */
const outputsOf = (events: AgentEvent[]) =>
  events.flatMap(({ type, message }) => {
    const { content } = (message ?? { content: [] }) as { content: { content: string }[] };
    return type === 'user' ? content.map(({ content: output }) => output) : [];
  });

/** The processes with a variable in their environment. */
const findMarked = (marker: string) =>
  readdirSync('/proc').flatMap((pid) => {
    try {
      const environment = readFileSync(`/proc/${pid}/environ`, 'utf8');
      return environment.includes(`MARKER=${marker}`) ? [Number(pid)] : [];
    } catch {
      return [];
    }
  });

const readName = (pid: number) => readFileSync(`/proc/${pid}/comm`, 'utf8').trim();

/** Parent and session of a process, and the mask of the signals it ignores. */
function readProcess(pid: number) {
  const [, , parent, , session] =
    `${pid} ${readFileSync(`/proc/${pid}/stat`, 'utf8').replace(/^.*\) /s, '')}`.split(' ');
  const mask = /^SigIgn:\s*(\w+)$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  return {
    stat: { parent: Number(parent), session: Number(session) },
    ignored: BigInt(`0x${mask ?? '0'}`),
  };
}

describe('what it changes', () => {
  it('changes-nothing: reads and succeeds', async () => {
    await using at = await makeWorkFolder();
    await git(at, 'init', '-q');
    await commitTree(at, 'Import');
    const { stdout } = await startDeveloper(at, 'changes-nothing');
    expectSuccess(readEvents(stdout));
    expect(await git(at, 'status', '--porcelain')).toBe('');
  });

  it('changes-outside-scope: beside the honest change, everything that is not its own', async () => {
    await using at = await makeWorkFolder();
    await git(at, 'init', '-q');
    await commitTree(at, 'Import');
    const { stdout } = await startDeveloper(at, 'changes-outside-scope');
    expectSuccess(readEvents(stdout));
    const status = await git(at, 'status', '--porcelain', '-uall');
    expect(
      status
        .split('\n')
        .map((line) => line.slice(2).trim())
        .toSorted(),
    ).toEqual([
      '.ci/run',
      '.gitattributes',
      '.gitea/workflows/ci.yml',
      '.gitmodules',
      '.openclaw/agents/reviewer.md',
      'CHANGELOG.md',
      'assets/huge.bin',
      'docs/outside',
      'docs/routes/recent-notes.md',
      'docs/work-items/OTHER-1/12-review.md',
      'src/outside.txt',
      'src/routes/recent-notes.js',
      'tests/acceptance/recent-notes.test.js',
      'tests/unit/recent-notes.test.js',
      'vendor/inside/',
    ]);
    const fileOf = (path: string) => join(at.tree, path);
    expect(await readlink(fileOf('src/outside.txt'))).toBe('/etc/passwd');
    expect((await lstat(fileOf('docs/outside'))).isSymbolicLink()).toBe(true);
    expect((await stat(fileOf('.git/hooks/pre-commit'))).mode & 0o111).toBe(0o111);
    expect((await stat(fileOf('assets/huge.bin'))).size).toBe(20 * 1024 * 1024);
    expect(await git(at, '-C', 'vendor/inside', 'log', '--format=%s')).toBe('Inside');
    expect(await isGreen(at, 'acceptance')).toBe(true);
  });

  it('goes on when the system refuses a change', async () => {
    await using at = await makeWorkFolder();
    await git(at, 'init', '-q');
    const { events, outputs } = await runWithFileInTheWay(at);
    expectSuccess(events);
    expect(outputs.filter((output) => output.startsWith('Error: '))).toHaveLength(1);
  });
});

/** A directory where a file is to be written: refused to root as well. */
async function runWithFileInTheWay(at: WorkFolder) {
  await git(at, 'init', '-q', 'assets/huge.bin');
  const { stdout } = await startDeveloper(at, 'changes-outside-scope');
  const events = readEvents(stdout);
  return { events, outputs: outputsOf(events) };
}

describe('what it prints', () => {
  const CANARY = 'canary-4f1c0ffee';
  const env = { RUN_CANARY: CANARY };

  it.each([
    ['prints-canary', 'utf8'],
    ['prints-canary-base64', 'base64'],
    ['prints-canary-hex', 'hex'],
  ] as const)('%s: the secret leaves on stdout as %s', async (scenario, encoding) => {
    await using at = await makeWorkFolder();
    const { stdout } = await startDeveloper(at, scenario, env);
    const events = readEvents(stdout);
    expectSuccess(events);
    const shown = `RUN_CANARY=${Buffer.from(CANARY).toString(encoding)}\n`;
    expect(outputsOf(events).filter((output) => output.includes(shown))).toHaveLength(1);
    expect(stdout.includes(CANARY)).toBe(encoding === 'utf8');
  });

  it('writes-canary: the secret is in a file of the change', async () => {
    await using at = await makeWorkFolder();
    await startDeveloper(at, 'writes-canary', env);
    const file = join(at.tree, 'docs/routes/recent-notes-environment.md');
    expect(await readFile(file, 'utf8')).toContain(`RUN_CANARY=${CANARY}`);
  });

  it('floods-output: as much as it is told, a long line, and the work all the same', async () => {
    await using at = await makeWorkFolder();
    const floodBytes = 4_000_000;
    const { stdout } = await startDeveloper(at, 'floods-output', {
      SCRIPTED_AGENT_FLOOD_BYTES: String(floodBytes),
    });
    expect(stdout.length).toBeGreaterThan(floodBytes * 1.1);
    const longest = Math.max(...stdout.split('\n').map((line) => line.length));
    expect(longest).toBeGreaterThan(floodBytes * 0.1);
    expectSuccess(readEvents(stdout));
    expect(await isGreen(at, 'acceptance')).toBe(true);
  });

  it('long-run: an event each second for as long as it is told', async () => {
    await using at = await makeWorkFolder();
    const startedAt = Date.now();
    const { stdout } = await startDeveloper(at, 'long-run', { SCRIPTED_AGENT_RUN_MS: '3000' });
    expect(Date.now() - startedAt).toBeGreaterThanOrEqual(3000);
    const events = readEvents(stdout);
    expectSuccess(events);
    expect(events.filter((event) => JSON.stringify(event).includes('still at it'))).toHaveLength(3);
  });
});

describe('what it tries', () => {
  it('forks-daemon: a process outlives it that hears no TERM', async () => {
    await using at = await makeWorkFolder();
    const marker = `daemon-${process.pid}-${Date.now()}`;
    const ended = startDeveloper(at, 'forks-daemon', { MARKER: marker });
    const daemon = await vi.waitUntil(
      () => {
        const [pid, ...others] = findMarked(marker);
        return pid !== undefined && others.length === 0 && readName(pid) === 'sleep' && pid;
      },
      { timeout: 20_000 },
    );
    const { stat: fields, ignored } = readProcess(daemon);
    expect(fields).toMatchObject({ session: daemon });
    expect(fields.parent).not.toBe(process.pid);
    for (const signal of [1, 2, 15]) expect(ignored & (1n << BigInt(signal - 1))).not.toBe(0n);
    process.kill(daemon, 'SIGKILL');
    expectSuccess(readEvents((await ended).stdout));
  });

  it('probes-sandbox: each try is reported, none ends it', async () => {
    await using at = await makeWorkFolder();
    const server = createServer((_, response) => response.end('hello'));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = `127.0.0.1:${(server.address() as AddressInfo).port}`;
    const written = join(at.folder, 'written');
    const probes = [
      ['/etc/hostname', 'reached'],
      ['/nowhere/at/all', 'denied'],
      [`http://${address}/`, 'reached'],
      ['http://127.0.0.1:1/', 'denied'],
      [{ connect: address }, 'reached'],
      [{ connect: '127.0.0.1:1' }, 'denied'],
      [{ write: written }, 'reached'],
      [{ write: '/proc/version' }, 'denied'],
      [{ run: 'echo here' }, 'reached'],
      [{ run: 'exit 3' }, 'denied'],
    ] as const;
    const { stdout } = await startDeveloper(at, 'probes-sandbox', {
      SCRIPTED_AGENT_PROBE: JSON.stringify(probes.map(([probe]) => probe)),
    });
    server.close();
    const events = readEvents(stdout);
    expectSuccess(events);
    const reports = outputsOf(events).filter((output) => output.startsWith('{"probe"'));
    expect(reports.map((report) => JSON.parse(report) as object)).toMatchObject(
      probes.map(([probe, outcome]) => ({ probe, outcome })),
    );
    expect(existsSync(written)).toBe(true);
  });

  it.skipIf(spawnSync(BUBBLEWRAP, ['--version']).error)(
    'plays where nothing but its own folder, the modules and the tree can be seen',
    async () => {
      await using at = await makeWorkFolder();
      const prompt = await writeTask(at, { role: 'developer', body: 'Scenario: probes-sandbox' });
      const { stdout } = await execa(BUBBLEWRAP, sandboxOf(at), { input: prompt });
      const events = readEvents(stdout);
      expectSuccess(events);
      expect(outputsOf(events).filter((output) => output.includes('ENOENT'))).toHaveLength(1);
      expect(await isGreen(at, 'acceptance')).toBe(true);
    },
  );
});

/** The arguments of bwrap that play a prompt in a sandbox without a network. */
function sandboxOf(at: WorkFolder): string[] {
  const root = resolve(import.meta.dirname, '../..');
  const agent = join(root, 'infra/sandbox/agent');
  const seen = ['/usr', agent, join(root, 'node_modules'), process.execPath];
  const links = ['bin', 'lib', 'lib64'].flatMap((name) => ['--symlink', `usr/${name}`, `/${name}`]);
  const env = {
    ...{ HOME: '/tmp/home', TMPDIR: '/tmp', CLAUDE_CONFIG_DIR: '/tmp/home/.claude' },
    ...{ SCRIPTED_AGENT_PACE_MS: '0', SCRIPTED_AGENT_PROBE: '["/etc/passwd"]' },
  };
  return [
    ...['--unshare-all', '--uid', '1000', '--gid', '1000', '--proc', '/proc', '--dev', '/dev'],
    ...['--tmpfs', '/tmp', ...links, '--clearenv'],
    ...seen.flatMap((path) => ['--ro-bind', path, path]),
    ...['--bind', at.folder, at.folder, '--chdir', at.tree],
    ...Object.entries(env).flatMap(([name, value]) => ['--setenv', name, value]),
    ...[process.execPath, join(agent, 'agent.ts'), ...STREAM_FLAGS],
  ];
}
