import { closeSync, mkdirSync, openSync } from 'node:fs';
import { appendFile, mkdtemp, rm } from 'node:fs/promises';
import { spawn, type ChildProcess } from 'node:child_process';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { gitDir, type Forge } from './forge.ts';
import { git } from './git.ts';
import { hasFile } from './git-objects.ts';
import { CI_USER_ID, repoOf, takeId, timestamp, type CiRun, type Repo } from './state.ts';
import { appendStatus } from './statuses.ts';

const SCRIPT = '.ci/run';
const CONTEXT = 'ci/test';
const CONCURRENCY = 2;
const TIMEOUT_MS = 120_000;

/** Runs `.ci/run` of pushed branch heads, two at a time in the order of the pushes, and posts the statuses. */
export class CiRunner {
  readonly #forge: Forge;
  readonly #running = new Map<number, ChildProcess | null>();
  #closed = false;

  constructor(forge: Forge) {
    this.#forge = forge;
    mkdirSync(join(forge.dataDir, 'ci'), { recursive: true });
  }

  /** The log file of a run. */
  logPath(run: CiRun): string {
    return join(this.#forge.dataDir, 'ci', `${run.id}.log`);
  }

  /** Posts `pending` and queues the run, unless the commit has no `.ci/run` or was seen before. */
  async judge(repo: Repo, { branch, sha }: { branch: string; sha: string }): Promise<void> {
    const { state, store } = this.#forge;
    const seen = () => state.ciRuns.some((run) => run.repoId === repo.id && run.sha === sha);
    if (state.ciMode === 'silent' || seen()) return;
    if (!(await hasFile(gitDir(this.#forge, repo), sha, SCRIPT)) || seen()) return;
    const run: CiRun = {
      id: takeId(state, 'ciRun'),
      repoId: repo.id,
      sha,
      branch,
      state: state.ciMode === 'hold' ? 'held' : 'queued',
      workDir: null,
      createdAt: timestamp(),
      startedAt: null,
      finishedAt: null,
    };
    state.ciRuns.push(run);
    store.save();
    this.#post(run, { state: 'pending', description: 'Waiting to run' });
    if (state.ciMode === 'fail') {
      await appendFile(this.logPath(run), 'Failed on request, nothing was run.\n');
      this.#finish(run, { passed: false, description: 'Failing on request' });
    } else {
      this.#startNext();
    }
  }

  /** Queues every held run; answers how many. */
  release(): number {
    const held = this.#forge.state.ciRuns.filter(({ state }) => state === 'held');
    for (const run of held) run.state = 'queued';
    this.#forge.store.save();
    this.#startNext();
    return held.length;
  }

  /** Takes up the runs a stopped process left unfinished. */
  async resume(): Promise<void> {
    for (const run of this.#forge.state.ciRuns) {
      if (run.state !== 'running') continue;
      if (run.workDir !== null) await rm(run.workDir, { recursive: true, force: true });
      run.workDir = null;
      run.state = 'queued';
    }
    this.#startNext();
  }

  /** Kills what runs; the runs stay unfinished and are taken up at the next start. */
  async close(): Promise<void> {
    this.#closed = true;
    for (const child of this.#running.values()) killTree(child);
    const unfinished = this.#forge.state.ciRuns.filter(({ state }) => state === 'running');
    for (const { workDir } of unfinished) {
      if (workDir !== null) await rm(workDir, { recursive: true, force: true });
    }
  }

  #startNext(): void {
    for (const run of this.#forge.state.ciRuns) {
      if (this.#closed || this.#running.size >= CONCURRENCY) return;
      if (run.state === 'queued') void this.#perform(run);
    }
  }

  async #perform(run: CiRun): Promise<void> {
    this.#running.set(run.id, null);
    run.state = 'running';
    run.startedAt = timestamp();
    const startedMs = Date.now();
    const exit = await this.#runScript(run).catch((error: unknown) => String(error));
    this.#running.delete(run.id);
    if (this.#closed) return;
    const seconds = Math.round((Date.now() - startedMs) / 1000);
    const passed = exit === 0;
    const description = passed
      ? `Successful in ${seconds}s`
      : `Failing after ${seconds}s (${typeof exit === 'number' ? `exit code ${exit}` : exit})`;
    this.#finish(run, { passed, description });
    this.#startNext();
  }

  async #runScript(run: CiRun): Promise<number | string> {
    const repo = repoOf(this.#forge.state, run.repoId);
    const workDir = await mkdtemp(join(tmpdir(), 'forge-ci-'));
    run.workDir = workDir;
    this.#forge.store.save();
    const checkout = join(workDir, 'checkout');
    const home = join(workDir, 'home');
    mkdirSync(checkout);
    mkdirSync(home);
    try {
      const env = { GIT_WORK_TREE: checkout, GIT_INDEX_FILE: join(workDir, 'index') };
      const args = ['--git-dir', gitDir(this.#forge, repo), 'read-tree', '-u', '--reset', run.sha];
      await git(checkout, args, env);
      return this.#closed ? 'stopped' : await this.#spawnScript(run, { checkout, home });
    } finally {
      await rm(workDir, { recursive: true, force: true });
      run.workDir = null;
    }
  }

  async #spawnScript(
    run: CiRun,
    { checkout, home }: { checkout: string; home: string },
  ): Promise<number | string> {
    const log = openSync(this.logPath(run), 'w');
    const child = spawn('bash', [SCRIPT], {
      cwd: checkout,
      detached: true,
      stdio: ['ignore', log, log],
      env: {
        PATH: `${dirname(process.execPath)}${delimiter}${process.env.PATH ?? ''}`,
        HOME: home,
        TMPDIR: home,
        LANG: 'C.UTF-8',
        CI: 'true',
        CI_COMMIT_SHA: run.sha,
        CI_BRANCH: run.branch,
      },
    });
    closeSync(log);
    this.#running.set(run.id, child);
    let timedOut = false;
    const timer = setTimeout(() => {
      timedOut = true;
      killTree(child);
    }, TIMEOUT_MS);
    try {
      return await new Promise((resolve, reject) => {
        child.once('error', reject);
        child.once('exit', (code, signal) => {
          resolve(timedOut ? `timed out after ${TIMEOUT_MS / 1000}s` : (code ?? String(signal)));
        });
      });
    } finally {
      clearTimeout(timer);
      killTree(child);
    }
  }

  #finish(run: CiRun, { passed, description }: { passed: boolean; description: string }): void {
    run.state = passed ? 'success' : 'failure';
    run.finishedAt = timestamp();
    this.#post(run, { state: run.state, description });
  }

  #post(
    run: CiRun,
    { state, description }: { state: 'pending' | 'success' | 'failure'; description: string },
  ): void {
    const repo = repoOf(this.#forge.state, run.repoId);
    appendStatus(this.#forge, repo, {
      sha: run.sha,
      state,
      context: CONTEXT,
      description,
      targetUrl: `${this.#forge.url()}/${repo.owner}/${repo.name}/ci/${run.id}`,
      creatorId: CI_USER_ID,
    });
  }
}

// The group, not the child: a test runner's own children must not outlive the run.
function killTree(child: ChildProcess | null): void {
  if (child?.pid === undefined) return;
  try {
    process.kill(-child.pid, 'SIGKILL');
  } catch {
    // Nobody of the group is left.
  }
}
