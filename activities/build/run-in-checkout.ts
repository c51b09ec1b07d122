import { access, constants, mkdir, rm } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import type { RepoSlug, Sha } from '../../workflows/domain/ids.ts';
import { ToolError } from '../errors.ts';
import { Repository, type Remote } from '../git/repository.ts';
import { withIndex } from '../git/scratch-index.ts';
import type { LifeLine } from '../heartbeat.ts';
import { makeRunFolders, runEnvironment, runFolders } from '../runs/run-environment.ts';
import { readLastOutput } from '../runs/read-last-output.ts';
import type { RunExit, Runs } from '../runs/runs.ts';
import type { Isolation } from '../runs/sandbox/isolation.ts';
import { sandboxOfCommand } from '../runs/sandbox/isolation.ts';

const LONGEST_STDOUT = 16_000_000;
const TAIL_BYTES = 8000;

/** The host has no such program: the command was never started. */
export class MissingProgram extends ToolError {
  override name = 'MissingProgram';
}

/** What running a command of a project in a fresh checkout needs from outside. */
export interface CheckoutPorts {
  dataDir: string;
  runs: Runs;
  git: Remote['git'];
  /** address of a repository on the forge */
  urlOf: Remote['urlOf'];
  /** search path for programs of projects */
  path: string;
  /** what the sandboxes of this host have in common, null = runs are not isolated */
  isolation: Isolation | null;
}

/** A command of a project, run in a fresh checkout of a commit of ours. */
export interface CheckoutRun {
  runId: string;
  repo: RepoSlug;
  sha: Sha;
  argv: readonly string[];
  /** what the command is told beside `runEnvironment` */
  env: Readonly<Record<string, string>>;
  /** `host:port` it may reach */
  hosts: readonly string[];
  timeoutMs: number;
}

/** A finished command: its exit, the checkout it ran in, and what it wrote to standard output. */
export interface CheckoutEnd {
  exit: RunExit;
  tree: string;
  stdout: string;
}

/**
 * Runs the command once; a run that already finished is answered with the checkout it left. Throws MissingProgram, and
 * ToolError when the commit cannot be had or the run cannot be supervised. `forgetCheckout` removes the checkout.
 */
export async function runInCheckout(
  ports: CheckoutPorts,
  run: CheckoutRun,
  life: LifeLine,
): Promise<CheckoutEnd> {
  await requireProgram(ports.path, run.argv[0] ?? '');
  const { work, tree } = foldersOf(ports, run.runId);
  const { isolation } = ports;
  const place = { writable: [tree, ...runFolders(work)], objects: null, hosts: run.hosts };
  const exit = await ports.runs.run(
    {
      runId: run.runId,
      continuation: 0,
      lockPath: join(ports.runs.directoryOf(run.runId), 'tree.lock'),
      cwd: tree,
      timeoutMs: run.timeoutMs,
      sandbox: isolation && sandboxOfCommand(isolation, place),
      secrets: [],
    },
    {
      owner: life.owner,
      cancel: life.cancel,
      detach: life.detach,
      onHeartbeat: () => undefined,
      prepare: async () => {
        await forgetCheckout(ports, run.runId);
        await mkdir(tree, { recursive: true });
        await makeRunFolders(work);
        await checkOut(await openAt(ports, run, life.signal), run.sha, tree);
        return {
          argv: run.argv,
          env: { ...runEnvironment(work, ports.path), ...run.env },
          stdinPath: null,
        };
      },
    },
  );
  return { exit, tree, stdout: await readLastOutput(exit, 'stdout', LONGEST_STDOUT) };
}

/** Removes what a run worked on; its record and its output stay. */
export async function forgetCheckout(ports: CheckoutPorts, runId: string): Promise<void> {
  await rm(foldersOf(ports, runId).work, { recursive: true, force: true });
}

/** The last 16 kB a command wrote, standard output first. */
export async function tailOf(exit: RunExit): Promise<string> {
  const texts = [
    await readLastOutput(exit, 'stdout', TAIL_BYTES),
    await readLastOutput(exit, 'stderr', TAIL_BYTES),
  ];
  return texts.join('\n');
}

/** A name without a slash must be on the search path; one with a slash is a file of the work, whose absence is its fault. */
async function requireProgram(path: string, name: string): Promise<void> {
  if (name.includes('/')) return;
  for (const folder of path.split(delimiter)) {
    const found = await access(join(folder, name), constants.X_OK).then(
      () => true,
      () => false,
    );
    if (found && name !== '') return;
  }
  throw new MissingProgram(`this host has no program ${name}`);
}

function foldersOf(ports: CheckoutPorts, runId: string) {
  const work = join(ports.runs.directoryOf(runId), 'work');
  return { work, tree: join(work, 'tree') };
}

async function openAt(
  { dataDir, git, urlOf }: CheckoutPorts,
  { repo, sha }: CheckoutRun,
  signal: AbortSignal,
): Promise<Repository> {
  const repository = await new Repository(repo, { dataDir, git, urlOf, signal }).open();
  if (!(await repository.has(sha))) await repository.fetch();
  if (!(await repository.has(sha))) throw new ToolError(`${repo} has no commit ${sha}`);
  return repository;
}

/** Not `git archive`: it leaves out and rewrites files where the tree's own attributes say so. */
async function checkOut(repository: Repository, sha: Sha, tree: string): Promise<void> {
  await withIndex(repository, sha, (indexFile) =>
    repository.run(['checkout-index', '--all', '--force', `--prefix=${tree}/`], {
      indexFile,
      workTree: tree,
    }),
  );
}
