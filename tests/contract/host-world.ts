import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { execa } from 'execa';
import { claudeAdapter } from '../../activities/clients/claude/adapter.ts';
import { codexAdapter } from '../../activities/clients/codex/adapter.ts';
import type { StoredDocument } from '../../activities/documents.ts';
import { createGit } from '../../activities/git/git.ts';
import type { HostPorts } from '../../activities/host.ts';
import type { Isolation } from '../../activities/runs/sandbox/isolation.ts';
import { createHostActivities } from '../../activities/host.ts';
import type { EndedRun, HostActivities, ProduceInput } from '../../workflows/domain/activities.ts';
import type { Sha } from '../../workflows/domain/ids.ts';
import { lifeOf, toRepoSlug, toSha, toTaskId } from '../../workflows/domain/ids.ts';
import type { Project } from '../../workflows/domain/project.ts';
import type { RunKey } from '../../workflows/domain/runs.ts';
import type { Role } from '../../workflows/domain/stages.ts';
import type { TaskRef } from '../../workflows/domain/task-state.ts';
import { inActivity } from '../world/in-activity.ts';
import { RunHost } from '../world/run-host.ts';

const ROOT = resolve(import.meta.dirname, '../..');
const AGENT = join(ROOT, 'infra/sandbox/agent/agent.ts');
const CODEX = join(ROOT, 'infra/sandbox/agent/codex.ts');

/** What a Claude Code that is pleased with itself says last. */
const SUCCESS = JSON.stringify({
  type: 'result',
  subtype: 'success',
  is_error: false,
  result: 'done',
  total_cost_usd: 0.25,
  modelUsage: {
    'claude-opus-5': {
      inputTokens: 10,
      outputTokens: 20,
      cacheReadInputTokens: 300,
      cacheCreationInputTokens: 4000,
      costUSD: 0.25,
    },
  },
});

/** A host with a project on a forge that is a bare repository on disk, and an agent that is scripted. */
export class HostWorld implements AsyncDisposable {
  readonly folder: string;
  readonly runHost: RunHost;
  readonly documents = new Map<string, StoredDocument>();
  /** what the agent sees of our environment */
  agentEnv: Record<string, string> = { SCRIPTED_AGENT_PACE_MS: '0' };
  description = 'Show how many notes there are.';
  test: readonly string[] = ['node', '--test', 'tests/acceptance/'];
  /** null = runs are not isolated, so that a test's scripts reach its files */
  isolation: Isolation | null = null;
  /** argv of the agent's program */
  agent: readonly string[] = [process.execPath, AGENT];
  /** cancels what runs, as Temporal would */
  cancel = new AbortController();
  title = 'Add a note count';
  baseSha = '' as Sha;
  workHead = '' as Sha;
  branchHead: Sha | null = null;
  #iteration = 0;
  #generation = 1;

  private constructor(folder: string) {
    this.folder = folder;
    this.runHost = new RunHost(this.dataDir);
  }

  /** A world whose main is the sample project. */
  static async create(parent = tmpdir()): Promise<HostWorld> {
    const world = new HostWorld(await mkdtemp(join(parent, 'orch-host-')));
    await execa('git', ['init', '--quiet', '--bare', '--initial-branch=main', world.forge]);
    await cp(join(ROOT, 'infra/sandbox/sample-project'), world.tree, { recursive: true });
    await world.git('init', '--quiet', '--initial-branch=main');
    await world.git('remote', 'add', 'origin', world.forge);
    await world.commitToMain({});
    return world;
  }

  get forge(): string {
    return join(this.folder, 'forge.git');
  }

  /** a person's clone */
  get tree(): string {
    return join(this.folder, 'person');
  }

  get dataDir(): string {
    return join(this.folder, 'data');
  }

  get task(): TaskRef {
    return {
      project: 'notes',
      id: toTaskId('NOTE-1'),
      itemId: 'item',
      repo: toRepoSlug('acme/notes'),
      life: lifeOf('first-run', this.#generation),
      branch: 'feature/NOTE-1-note-count',
    };
  }

  get ports(): HostPorts {
    const path = process.env['PATH'] ?? '';
    const commands = { test: this.test };
    return {
      hostId: 'host-1',
      agentSlots: 2,
      dataDir: this.dataDir,
      path,
      registry: {
        byKey: () => ({ key: 'notes', commands, sandbox: { hosts: [] } }) as unknown as Project,
      },
      documents: {
        save: (document) => {
          if (!this.documents.has(document.id)) this.documents.set(document.id, document);
          return Promise.resolve();
        },
        read: (id) => Promise.resolve(this.documents.get(id) ?? null),
      },
      readDescription: () =>
        Promise.resolve({
          title: this.title,
          descriptionText: this.description,
          comments: [{ author: 'anna', at: '2026-11-20T10:00:00Z', text: 'The newest first.' }],
        }),
      runs: this.runHost.runs,
      git: createGit({ path, forgeUrl: 'http://127.0.0.1:9', authorization: null }),
      urlOf: () => this.forge,
      isolation: this.isolation,
      agents: {
        claude: { adapter: claudeAdapter, command: this.agent, env: this.agentEnv },
        codex: { adapter: codexAdapter, command: ['node', CODEX], env: this.agentEnv },
      },
    };
  }

  /** Calls an activity as an attempt of Temporal's. */
  call<T>(work: (activities: HostActivities) => Promise<T>): Promise<T> {
    const { signal } = this.cancel;
    return inActivity(() => work(createHostActivities(this.ports)), { signal });
  }

  /** Begins another life of the same item. */
  restart(): void {
    this.#generation += 1;
    this.branchHead = null;
  }

  async prepare(): Promise<{ baseSha: Sha; workHead: Sha }> {
    const { task } = this;
    const prepared = await this.call((activities) => activities.prepareWorkspace({ task }));
    Object.assign(this, prepared);
    return prepared;
  }

  key(kind: RunKey['kind'], stage: RunKey['stage'] = 'development'): RunKey {
    this.#iteration += 1;
    return { life: this.task.life, resetEpoch: 0, stage, kind, iteration: this.#iteration };
  }

  produceInput(role: Role, change: Partial<ProduceInput> = {}): ProduceInput {
    const { task, title, baseSha, workHead, branchHead } = this;
    const policy = {
      agent: 'claude' as const,
      model: 'opus',
      effort: 'high',
      fallbackModel: null,
      timeoutMs: 20_000,
      maxBudgetUsd: null,
      maxTurns: null,
      idleMs: 20_000,
      afterResultMs: 5000,
    };
    return {
      task,
      title,
      track: 'full',
      role,
      key: this.key('agent'),
      continuation: 0,
      policy,
      baseSha,
      workHead,
      branchHead,
      pushBranch: role !== 'reviewer',
      returns: 0,
      mustFix: null,
      withComments: false,
      ...change,
    };
  }

  /** Runs an agent that is not interrupted. */
  async runToEnd(input: ProduceInput): Promise<EndedRun> {
    const result = await this.call((activities) => activities.produce(input));
    if (result.kind === 'interrupted') throw new Error(`${result.why}: ${result.reason}`);
    return result;
  }

  /** Runs an agent and goes on from its commit. */
  async produce(role: Role, change: Partial<ProduceInput> = {}): Promise<EndedRun> {
    const result = await this.runToEnd(this.produceInput(role, change));
    this.workHead = result.workHead;
    this.branchHead = result.branchHead;
    return result;
  }

  /** Makes the agent a shell script that runs in the clone and says it succeeded. */
  async scriptAgent(script: string): Promise<void> {
    const file = join(this.folder, 'agent.sh');
    await writeFile(file, `cat > /dev/null\n${script}\ncat <<'END'\n${SUCCESS}\nEND\n`);
    this.agent = ['bash', file];
  }

  /** Git in a person's clone; the trimmed output. */
  async git(...args: string[]): Promise<string> {
    const who = ['-c', 'user.name=Anna', '-c', 'user.email=anna@invalid'];
    const env = { GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_NOSYSTEM: '1' };
    return (await execa('git', [...who, ...args], { cwd: this.tree, env })).stdout.trim();
  }

  /** A person's commit on main, made on what the forge has. */
  async commitToMain(files: Readonly<Record<string, string>>): Promise<Sha> {
    for (const [path, text] of Object.entries(files)) {
      await mkdir(dirname(join(this.tree, path)), { recursive: true });
      await writeFile(join(this.tree, path), text);
    }
    await this.git('add', '--all');
    await this.git('commit', '--quiet', '--allow-empty', '-m', 'By a person');
    await this.git('push', '--quiet', 'origin', 'HEAD:refs/heads/main');
    return toSha(await this.git('rev-parse', 'HEAD'));
  }

  /** Head of a ref on the forge, null when there is none. */
  async head(ref: string): Promise<string | null> {
    const { stdout } = await execa('git', ['ls-remote', this.forge, ref]);
    return stdout.split('\t')[0] || null;
  }

  /** Git on the forge itself. */
  async onForge(...args: string[]): Promise<string> {
    return (await execa('git', ['--git-dir', this.forge, ...args])).stdout.trim();
  }

  /** Text of a file at a commit the forge has. */
  fileAt(commit: string, path: string): Promise<string> {
    return this.onForge('show', `${commit}:${path}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.runHost[Symbol.asyncDispose]();
    await rm(this.folder, { recursive: true, force: true });
  }
}
