import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { stopTarget } from '../../activities/deploy/stop-target.ts';
import { endProcesses } from '../../activities/runs/end-run.ts';
import { RunDirectory } from '../../activities/runs/run-directory.ts';
import type { Child, ChildSpec } from './child.ts';
import { startChild } from './child.ts';
import { devEnvironment } from './environment.ts';
import type { ScriptedSettings } from './environment.ts';
import { writeEnvFile } from './env-file.ts';
import type { DevPorts } from './ports.ts';
import { readBoardIds } from './sandbox-board.ts';
import type { DevSecrets } from './secrets.ts';
import { loadDevSecrets } from './secrets.ts';
import { devProjects, devSeed } from './seed.ts';
import { findTemporalCli, temporalArgv } from './temporal-cli.ts';
import { waitForTemporal } from './wait-for-temporal.ts';

const NODE = process.execPath;
const TARGETS = ['notes-staging', 'notes-production'] as const;

/** Names of the processes of a stack, in the order they start. */
export type StackProcess =
  'temporal' | 'ledger' | 'sandbox' | 'runner' | 'api' | 'worker flow' | 'worker agents';

/** Everything running: addresses, secrets of the sandbox, and the way to end it. */
export interface Stack {
  dataDir: string;
  ports: DevPorts;
  secrets: DevSecrets;
  boardProjectId: string;
  /** environment of a CLI call against this stack */
  env: Readonly<Record<string, string>>;
  /** the same settings in a file, for `orch --env` */
  envFile: string;
  child: (name: StackProcess) => Child;
  /** Ends every process, the agents and the deployed services too. */
  stop: () => Promise<void>;
}

/** How to start a stack. `say` is told what happens, for people. */
export interface StackOptions {
  dataDir: string;
  ports: DevPorts;
  profile: 'production' | 'test';
  /** pause of the scripted agent between two steps */
  paceMs: number;
  scripted?: ScriptedSettings;
  say: (line: string) => void;
}

/**
 * Starts the sandbox, an embedded Temporal server and ledger, the runner, the api and both workers. What an earlier, killed stack left in
 * the data folder is ended first. Throws when a part does not start; everything started is ended then.
 */
export async function startStack(options: StackOptions): Promise<Stack> {
  const { dataDir, ports, say } = options;
  await mkdir(join(dataDir, 'logs'), { recursive: true });
  await endLeftovers(dataDir);
  const secrets = await loadDevSecrets(dataDir);
  const children = new Map<string, Child>();
  const stop = (): Promise<void> => stopAll(children, dataDir);
  try {
    const start = starterOf(options, children);
    const base = await startBase({ start, options, secrets });
    const env = devEnvironment({ ...options, secrets, ...base, ports });
    const envFile = await writeEnvFile(dataDir, env);
    say('starting runner, api and workers');
    await Promise.all([
      start({ name: 'runner', argv: orch('runner'), env }),
      start({ name: 'api', argv: orch('api'), env }),
      start({ name: 'worker flow', argv: orch('worker', 'flow'), env }),
      start({ name: 'worker agents', argv: orch('worker', 'agents'), env }),
    ]);
    const child = (name: StackProcess): Child => {
      const found = children.get(name);
      if (!found) throw new Error(`${name} does not run`);
      return found;
    };
    return {
      dataDir,
      ports,
      secrets,
      boardProjectId: base.boardProjectId,
      env,
      envFile,
      child,
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

const orch = (...args: string[]): [string, ...string[]] => [
  NODE,
  resolve('workers/cli.ts'),
  ...args,
];

type Start = (
  spec: Pick<ChildSpec, 'name' | 'argv'> &
    Partial<Pick<ChildSpec, 'announces' | 'env' | 'restarts'>>,
) => Promise<Child>;

function starterOf(options: StackOptions, children: Map<string, Child>): Start {
  const { dataDir, say } = options;
  return async (spec) => {
    const { PATH = '', HOME = '' } = process.env;
    const logFile = join(dataDir, 'logs', `${spec.name.replace(' ', '-')}.log`);
    const child = await startChild(
      { announces: true, restarts: true, env: { PATH, HOME }, ...spec, logFile },
      (name) => {
        say(`${name} died; see ${logFile}`);
      },
    );
    children.set(spec.name, child);
    return child;
  };
}

/** What the app stands on: Temporal, ledger and sandbox, started side by side. */
async function startBase(about: {
  start: Start;
  options: StackOptions;
  secrets: DevSecrets;
}): Promise<{ ledgerUrl: string; boardProjectId: string; botIds: readonly string[] }> {
  const { start, options, secrets } = about;
  const { dataDir, ports, say } = options;
  const cli = await findTemporalCli(process.env);
  const seedFile = join(dataDir, 'seed.json');
  await writeFile(seedFile, JSON.stringify(devSeed(secrets, ports)), { mode: 0o600 });
  say('starting Temporal, ledger and sandbox');
  const [, ledger] = await Promise.all([
    start({
      name: 'temporal',
      argv: temporalArgv(cli, ports, join(dataDir, 'temporal.db')),
      announces: false,
      restarts: false,
    }).then(() => waitForTemporal(`127.0.0.1:${ports.temporal}`)),
    start({
      name: 'ledger',
      argv: [
        ...([NODE, resolve('workers/ledger.ts')] as const),
        ...['--data', join(dataDir, 'ledger'), '--port', String(ports.ledger)],
      ],
    }),
    start({
      name: 'sandbox',
      argv: [
        ...([NODE, resolve('infra/sandbox/sandbox.ts')] as const),
        ...['--data', join(dataDir, 'sandbox'), '--seed', seedFile],
        ...['--forge-port', String(ports.forge), '--board-port', String(ports.board)],
        ...['--chat-port', String(ports.chat)],
      ],
    }),
  ]);
  const board = await readBoardIds(`http://127.0.0.1:${ports.board}`, secrets);
  await writeFile(join(dataDir, 'projects.yaml'), devProjects(board.boardProjectId, ports));
  return { ledgerUrl: String(ledger.announcement['url']), ...board };
}

/** Workers first, so that nothing new begins; then what they started; then what they stand on. */
async function stopAll(children: Map<string, Child>, dataDir: string): Promise<void> {
  const stop = async (names: readonly StackProcess[]): Promise<void> => {
    await Promise.all(names.map(async (name) => children.get(name)?.stop()));
  };
  await stop(['api', 'worker flow', 'worker agents']);
  await stop(['runner']);
  await endLeftovers(dataDir);
  await stop(['temporal', 'ledger', 'sandbox']);
}

/** Ends what lives of agents, tests and builds, by their directories, and the deployed services. A run goes on at the next start. */
async function endLeftovers(dataDir: string): Promise<void> {
  const runs = join(dataDir, 'runs');
  const ended = (await readdir(runs).catch(() => [])).map(async (runId) => {
    const directory = new RunDirectory(runs, runId);
    const started = await directory.read('started.json');
    const exit = await directory.read('exit.json');
    if (started !== null && exit?.continuation !== started.continuation) {
      await endProcesses(directory);
    }
  });
  await Promise.all(ended);
  await Promise.all(TARGETS.map((target) => stopTarget(dataDir, target)));
}

const CACHES = new Set(['bundles', 'compile-cache']);

/** Forgets everything a stack kept, but for what it only read faster from. Only after it was stopped. */
export async function wipeStack(dataDir: string): Promise<void> {
  await endLeftovers(dataDir);
  for (const entry of await readdir(dataDir).catch(() => [])) {
    if (!CACHES.has(entry)) await rm(join(dataDir, entry), { recursive: true, force: true });
  }
}
