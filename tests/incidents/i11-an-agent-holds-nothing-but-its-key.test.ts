import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import type { AddressInfo, Server } from 'node:net';
import { createServer as createHttpServer } from 'node:http';
import { join, resolve } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { readCanary } from '../../activities/agent/canary.ts';
import { runIdOf } from '../../activities/run-id.ts';
import { workspaceOf } from '../../activities/workspace/workspace.ts';
import type { EndedRun } from '../../workflows/domain/activities.ts';
import { HostWorld } from '../contract/host-world.ts';
import { playForAll } from '../world/for-all.ts';
import { TEST_ISOLATION } from '../world/isolation.ts';
import type { Play } from '../world/play.ts';

const HOSTILE = resolve(import.meta.dirname, '../world/hostile');
const PROCESS_SECRET = 'a-secret-of-another-process';
/** Seconds nobody else sleeps. */
const DAEMON_SLEEP = '86111';

const PRINT_SLOWLY =
  'for i in $(seq 0 39); do printf %s "${GITEA_ADMIN_TOKEN:$i:1}" >&2; sleep 0.01; done';

interface Attempt {
  type: 'attempt';
  name: string;
  answer: string;
}

interface Environment {
  type: 'environment';
  names: string[];
}

describe('I11: a hostile agent', () => {
  let world: HostWorld;
  let stranger: ChildProcess;
  let model: Server;
  const services: Server[] = [];
  let attempts: Attempt[] = [];
  let environment: string[] = [];
  let result: EndedRun;
  let refsBefore: string;

  const trusted = () => join(world.dataDir, 'repos/acme__notes.git');
  const refsOf = async (gitDir: string) =>
    (await execa('git', ['--git-dir', gitDir, 'for-each-ref'])).stdout;

  beforeAll(async () => {
    // Not in /tmp: what is written beside a mount in there stays in the sandbox, and would look written.
    world = await HostWorld.create('/var/tmp');
    await world.prepare();
    model = await listen(createHttpServer((_, answer) => answer.end('{}')));
    for (let index = 0; index < 5; index += 1) {
      services.push(await listen(createHttpServer((_, answer) => answer.end('served'))));
    }
    const abstract = createServer();
    services.push(abstract);
    abstract.listen('\0orchestrator-i11');
    stranger = spawn('sleep', ['600'], { env: { OTHER_KEY: PROCESS_SECRET }, stdio: 'ignore' });
    await once(stranger, 'spawn');
    await world.runHost.start();
    const input = world.produceInput('developer');
    const targets = await layTargets(runIdOf(input.key));
    world.agent = [process.execPath, join(HOSTILE, 'agent.mjs')];
    world.agentEnv = { HOSTILE_TARGETS: JSON.stringify(targets) };
    world.isolation = {
      ...TEST_ISOLATION,
      readable: [...TEST_ISOLATION.readable, HOSTILE],
      endpoints: [targets.model],
    };
    refsBefore = `${await refsOf(trusted())}\n${await refsOf(world.forge)}`;
    result = await world.runToEnd({ ...input, policy: { ...input.policy, timeoutMs: 90_000 } });
    const directory = world.runHost.runs.directoryOf(runIdOf(input.key));
    const lines = (await readFile(join(directory, 'stdout.jsonl'), 'utf8')).trim().split('\n');
    const said = lines.map((line) => JSON.parse(line) as Attempt | Environment);
    attempts = said.filter((line) => line.type === 'attempt');
    environment = said.find((line) => line.type === 'environment')?.names ?? [];
  }, 120_000);

  afterAll(async () => {
    stranger.kill('SIGKILL');
    for (const server of [model, ...services]) server.close();
    await world[Symbol.asyncDispose]();
  });

  /** Other tasks' files, credentials where they could lie, and services that answer. */
  async function layTargets(runId: string) {
    const { dataDir, folder, task } = world;
    const outside = join(folder, 'outside');
    const otherTree = join(dataDir, 'clones/NOTE-2-0a1b2c3d/tree');
    const otherRun = join(dataDir, 'runs/another-run');
    for (const path of [outside, otherTree, otherRun]) await mkdir(path, { recursive: true });
    await writeFile(join(otherTree, 'work.txt'), 'work of another task');
    await writeFile(join(otherRun, 'stdout.jsonl'), 'words of another run');
    await writeFile(join(folder, '.gitconfig'), '[credential]\n  helper = store\n');
    const token = ['-c', 'http.extraHeader', 'Authorization: Basic c2VjcmV0'];
    await execa('git', ['--git-dir', trusted(), 'config', ...token.slice(1)]);
    await readCanary(dataDir, runId);
    const directory = world.runHost.runs.directoryOf(runId);
    const [forge, board, ledger, api, unlisted] = services.map(hostOf);
    return {
      read: {
        'the tree of another task': otherTree,
        'the output of another run': join(otherRun, 'stdout.jsonl'),
        'the folder of all runs': otherRun,
        'the lock of its own tree': workspaceOf(task, dataDir).lock,
        'the record of its own run': join(directory, 'spec.json'),
        'the key of the canaries': join(dataDir, 'canary.key'),
        'git settings with credentials': join(trusted(), 'config'),
        'the refs of the trusted repository': join(trusted(), 'HEAD'),
        'git settings of the user': join(folder, '.gitconfig'),
        'the forge’s folder': world.forge,
        'a person’s clone': world.tree,
        'passwords of the host': '/etc/shadow',
        'names of the host': '/etc/hostname',
        'the home of root': '/root',
        'homes of users': '/home',
        'logs of the system': '/var/log',
        'services of the system': '/run/systemd',
        'devices and buses': '/sys',
        'memory of the kernel': '/dev/mem',
        disks: '/dev/vda',
        'settings of this repository': resolve('package.json'),
      },
      write: {
        'outside of everything': join(outside, 'written'),
        'into the tree of another task': join(otherTree, 'work.txt'),
        'into another run': join(otherRun, 'exit.json'),
        'its own exit': join(directory, 'exit.json'),
        'its own task': join(directory, 'task.md'),
        'its own prompt': join(directory, 'prompt.md'),
        'beside its tree': join(workspaceOf(task, dataDir).folder, 'evil'),
        'a program of the system': '/usr/bin/evil',
        'a setting of the system': '/etc/evil',
        'the folder of its own program': join(HOSTILE, 'evil'),
        node: process.execPath,
        'the root': '/evil',
      },
      reach: {
        'the forge': forge ?? '',
        'the board': board ?? '',
        'the ledger': ledger ?? '',
        'the api': api ?? '',
        Temporal: inject('temporalAddress'),
        'an address beside its model’s': unlisted ?? '',
        'the metadata service': '169.254.169.254:80',
        'the metadata service by name': 'metadata.google.internal:80',
        'this host by another name': `localhost.localdomain:${hostOf(model).split(':')[1] ?? ''}`,
        'this host by another number': `127.0.0.2:${hostOf(model).split(':')[1] ?? ''}`,
        'a host that is not listed': 'example.org:443',
      },
      sockets: {
        'the runner': world.runHost.socket,
        'a socket without a file': '\0orchestrator-i11',
        'the container engine': '/var/run/docker.sock',
      },
      pid: stranger.pid,
      processSecret: Buffer.from(PROCESS_SECRET).toString('base64'),
      model: hostOf(model),
      task: join(directory, 'task.md'),
      clones: join(dataDir, 'clones'),
      outside,
      forge: world.forge,
      repository: trusted(),
      daemonSleep: DAEMON_SLEEP,
    };
  }

  it('is denied everything it tries', () => {
    const tried = attempts.filter(({ name }) => !name.startsWith('allowed: '));
    expect(tried.filter(({ answer }) => answer !== 'denied')).toEqual([]);
    expect(tried.length).toBeGreaterThanOrEqual(90);
    expect(new Set(tried.map(({ name }) => name)).size).toBe(tried.length);
  });

  it('works all the same: its model, its tree, its temporary files', () => {
    const allowed = attempts.filter(({ name }) => name.startsWith('allowed: '));
    expect(allowed.map(({ answer }) => answer.split(':')[0])).toEqual([
      'done',
      'done',
      'done',
      'done',
    ]);
    expect(environment).toContain('HOSTILE_TARGETS');
    expect(result).toMatchObject({ kind: 'ended', run: { end: 'finished' } });
  });

  it('sees in its environment what it was given and a worthless secret', () => {
    const ours = ['GITEA_ADMIN_TOKEN', 'HOSTILE_TARGETS', 'ORCH_RUN_ID'];
    const ofTheProxy = ['HTTPS_PROXY', 'HTTP_PROXY', 'NODE_USE_ENV_PROXY', 'NO_PROXY'];
    const common = ['CI', 'HOME', 'LANG', 'PATH', 'PWD', 'TMPDIR', 'TZ'];
    const ofTheAdapter = /^(ANTHROPIC|CLAUDE|DISABLE|BASH|API|MCP)_/;
    const other = environment.filter(
      (name) =>
        !ofTheAdapter.test(name) &&
        ![...ours, ...ofTheProxy, ...common].includes(name) &&
        !ofTheProxy.includes(name.toUpperCase()),
    );
    expect(other).toEqual([]);
  });

  it('changed nothing but its own tree', async () => {
    expect(await readdir(join(world.folder, 'outside'))).toEqual([]);
    expect(stranger.exitCode ?? stranger.signalCode).toBe(null);
    const refs = `${await refsOf(trusted())}\n${await refsOf(world.forge)}`;
    const moved = refs.split('\n').filter((line) => !refsBefore.includes(line));
    expect(moved.filter((line) => !/refs\/(heads\/feature|orch\/work)\/NOTE-1/.test(line))).toEqual(
      [],
    );
    expect(refs).not.toContain('evil');
  });

  it('leaves no process behind', async () => {
    expect(await findCommands(DAEMON_SLEEP)).toEqual([]);
  });
});

describe('I11: a run that gives its canary away', () => {
  it.each([
    ['prints it', 'echo "$GITEA_ADMIN_TOKEN"'],
    ['prints it from the file it was planted in', 'cat ~/.git-credentials'],
    ['prints it as base64', 'env | base64'],
    ['prints it as hex', 'printf %s "$GITEA_ADMIN_TOKEN" | od -An -tx1'],
    ['prints it to its errors, byte by byte', PRINT_SLOWLY],
    ['writes it into its work', 'echo "token = $GITEA_ADMIN_TOKEN" > src/config.js'],
    ['hides it in its work', 'printf "ab%s" "$GITEA_ADMIN_TOKEN" | base64 > src/logo.txt'],
    ['hides it in many lines of its work', 'env | base64 -w 20 > src/logo.txt'],
    ['names a file by it', 'echo x > "src/$GITEA_ADMIN_TOKEN.js"'],
    ['names a file by it where it may not write', 'mkdir .ci; echo x > ".ci/$GITEA_ADMIN_TOKEN"'],
    ['points a link to it', 'ln -s "$GITEA_ADMIN_TOKEN" src/link'],
  ])('is rejected: %s', async (_how, script) => {
    await using world = await HostWorld.create();
    await world.prepare();
    await world.scriptAgent(script);
    world.isolation = {
      ...TEST_ISOLATION,
      readable: [...TEST_ISOLATION.readable, join(world.folder, 'agent.sh')],
    };
    const input = world.produceInput('developer');
    const refs = await world.onForge('for-each-ref');
    const ended = await world.runToEnd(input);
    expect(ended.run.end).toBe('leaked');
    expect(ended).toMatchObject({ workHead: input.workHead, verdict: { kind: 'unusable' } });
    const { value } = await readCanary(world.dataDir, runIdOf(input.key));
    expect(JSON.stringify(ended)).not.toContain(value);
    expect(await world.onForge('for-each-ref')).toBe(refs);
    const directory = world.runHost.runs.directoryOf(runIdOf(input.key));
    for (const name of ['stdout.jsonl', 'stderr.log', 'spec.json', 'exit.json']) {
      expect(await readFile(join(directory, name), 'utf8'), name).not.toContain(value);
    }
  });
});

describe('I11: every command of a task', () => {
  let play: Play;

  playForAll((started) => {
    play = started;
  });

  it('runs isolated, from the first agent to the staging suite', async () => {
    const task = await play.begin({ labels: ['autoApprove'], title: 'Work in a sandbox' });
    await play.untilLooks(task, { wait: { on: 'confirmation' } });
    const folder = join(play.stack.dataDir, 'runs');
    const read = async (runId: string, name: string) =>
      JSON.parse(await readFile(join(folder, runId, name), 'utf8')) as RunRecord;
    // A gate without a command has a folder too.
    const started = (await readdir(folder)).filter((id) =>
      existsSync(join(folder, id, 'spec.json')),
    );
    const runs = await Promise.all(
      started.map(async (runId) => ({
        network: (await read(runId, 'spec.json')).sandbox?.network.kind ?? 'all',
        init: (await read(runId, 'started.json')).init,
      })),
    );
    expect(runs.filter(({ network, init }) => network === 'all' || init === null)).toEqual([]);
    const count = (kind: string) => runs.filter(({ network }) => network === kind).length;
    // Agents and the suite have a way out, tests and the build have none.
    expect(count('proxied')).toBeGreaterThanOrEqual(5);
    expect(count('none')).toBeGreaterThanOrEqual(2);
  });
});

interface RunRecord {
  sandbox?: { network: { kind: string } } | null;
  init?: object | null;
}

const hostOf = (server: Server): string => `127.0.0.1:${(server.address() as AddressInfo).port}`;

async function listen<S extends Server>(server: S): Promise<S> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return server;
}

/** Processes of this host that have `word` in their command. */
async function findCommands(word: string): Promise<string[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const commands = await Promise.all(
    pids.map((pid) => readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')),
  );
  return commands.filter((command) => command.split('\0').includes(word));
}
