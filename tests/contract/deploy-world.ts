import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { execa } from 'execa';
import { keepBuild } from '../../activities/build/build-store.ts';
import { deployBuild } from '../../activities/deploy/deploy-build.ts';
import type { DeployPorts } from '../../activities/deploy/ports.ts';
import { ServiceRecord } from '../../activities/deploy/service-record.ts';
import { stopTarget } from '../../activities/deploy/stop-target.ts';
import { readTargetState, targetFolder } from '../../activities/deploy/target-folder.ts';
import { createGit } from '../../activities/git/git.ts';
import type { StoredDocument } from '../../activities/documents.ts';
import type { Isolation } from '../../activities/runs/sandbox/isolation.ts';
import type { DeployInput } from '../../workflows/domain/activities.ts';
import type { Sha } from '../../workflows/domain/ids.ts';
import { lifeOf, toRepoSlug, toSha, toTaskId } from '../../workflows/domain/ids.ts';
import type { Project } from '../../workflows/domain/project.ts';
import type { Build } from '../../workflows/domain/task-state.ts';
import { inActivity } from '../world/in-activity.ts';
import { RunHost } from '../world/run-host.ts';

export const TARGET = 'shop';
const SUPERVISOR = resolve(import.meta.dirname, '../../workers/service.ts');

/** How a build of the fixture service behaves. */
export type Behaviour = 'good' | 'sick' | 'crashing' | 'mute-about-revision';

/** Counts its starts in its HOME, so a test sees every restart. */
const SERVER = `
import { appendFileSync } from 'node:fs';
import { createServer } from 'node:http';
const { PORT, HOST, REVISION, HOME } = process.env;
appendFileSync(HOME + '/starts', REVISION + ' ' + process.pid + '\\n');
if (BEHAVIOUR === 'crashing') throw new Error('cannot read the price list');
const pages = {
  '/health': BEHAVIOUR === 'sick' ? 500 : 200,
  '/version': BEHAVIOUR === 'mute-about-revision' ? 404 : 200,
  '/environment': 200,
};
createServer(({ url }, response) => {
  response.statusCode = pages[url] ?? 404;
  response.end(JSON.stringify(url === '/environment' ? process.env : { revision: REVISION }));
}).listen(Number(PORT), HOST);
`;

/** A data directory with one project that deploys a fixture service to one target on a free port. */
export class DeployWorld implements AsyncDisposable {
  readonly dataDir: string;
  readonly runHost: RunHost;
  readonly port: number;
  /** commands of the project, free to change */
  commands: Pick<Project['commands'], 'build' | 'buildOutput' | 'suite'> = {
    build: ['bash', 'build.sh'],
    buildOutput: 'dist',
    suite: ['node', 'suite.js'],
  };
  /** null = runs are not isolated, so that a test's scripts reach its files */
  isolation: Isolation | null = null;
  readonly documents = new Map<string, StoredDocument>();
  #builds = 0;
  #iteration = 0;

  private constructor(dataDir: string, port: number) {
    this.dataDir = dataDir;
    this.runHost = new RunHost(dataDir);
    this.port = port;
  }

  static async create(): Promise<DeployWorld> {
    const dataDir = await mkdtemp(join(tmpdir(), 'orch-deploy-'));
    return new DeployWorld(dataDir, await findFreePort());
  }

  /** The world another process made. */
  static open(dataDir: string, port: number): DeployWorld {
    return new DeployWorld(dataDir, port);
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  get folder() {
    return targetFolder(this.dataDir, TARGET);
  }

  get ports(): DeployPorts {
    const path = process.env['PATH'] ?? '';
    return {
      dataDir: this.dataDir,
      registry: { byKey: () => this.project() },
      documents: {
        save: async (document) => {
          await Promise.resolve();
          if (!this.documents.has(document.id)) this.documents.set(document.id, document);
        },
        read: (id) => Promise.resolve(this.documents.get(id) ?? null),
      },
      isolation: this.isolation,
      runs: this.runHost.runs,
      git: createGit({ path, forgeUrl: '', authorization: null }),
      urlOf: () => `${this.dataDir}/no-forge`,
      supervisor: [process.execPath, SUPERVISOR],
      path,
    };
  }

  project(): Project {
    const target = { driver: 'process', port: this.port, healthTries: 20, healthIntervalMs: 200 };
    const start = [process.execPath, 'server.js'];
    const commands = { start, ...this.commands };
    const sandbox = { hosts: [] };
    return { key: 'shop', commands, sandbox, targets: { [TARGET]: target } } as unknown as Project;
  }

  /** Keeps a new build of the service, made from `revision` or a commit of its own. */
  async build(behaviour: Behaviour = 'good', revision?: Sha): Promise<Build> {
    this.#builds += 1;
    const from = revision ?? toSha(`${this.#builds}`.padStart(40, '0'));
    const output = await mkdtemp(join(tmpdir(), 'orch-output-'));
    const text = `const BEHAVIOUR = ${JSON.stringify(behaviour)};\n// ${this.#builds}\n${SERVER}`;
    await writeFile(join(output, 'server.js'), text);
    await writeFile(join(output, 'package.json'), '{"type":"module"}');
    const build = await keepBuild(this.dataDir, from, output);
    await rm(output, { recursive: true });
    return build;
  }

  /** Commits `files` on top of the last commit to the trusted repository of the project. */
  async commit(files: Record<string, string>): Promise<Sha> {
    const tree = join(this.dataDir, 'work');
    for (const [path, text] of Object.entries(files)) await this.writeFile(`work/${path}`, text);
    return this.#commitTree(tree);
  }

  /** Commits a copy of a folder of this repository. */
  async commitFolder(path: string): Promise<Sha> {
    const tree = join(this.dataDir, 'work');
    await cp(resolve(import.meta.dirname, '../..', path), tree, { recursive: true });
    return this.#commitTree(tree);
  }

  async #commitTree(tree: string): Promise<Sha> {
    const env = { GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_NOSYSTEM: '1' };
    const who = ['-c', 'user.name=Test', '-c', 'user.email=test@invalid'];
    const git = (...args: string[]) => execa('git', [...who, ...args], { cwd: tree, env });
    await git('init', '--quiet', '--initial-branch=main');
    await git('add', '--all');
    await git('commit', '--quiet', '--allow-empty', '--message=Work');
    const bare = join(this.dataDir, 'repos', 'acme__notes.git');
    await execa('git', ['init', '--quiet', '--bare', bare], { env });
    await git('push', '--quiet', bare, 'HEAD:refs/heads/main');
    return toSha((await git('rev-parse', 'HEAD')).stdout);
  }

  /** Input of a new run; `change` overrides parts of it. */
  input(build: Build, change: Partial<DeployInput> = {}): DeployInput {
    this.#iteration += 1;
    const life = lifeOf('first-run', 1);
    return {
      task: {
        project: 'shop',
        id: toTaskId('NOTE-1'),
        itemId: 'item',
        repo: toRepoSlug('acme/notes'),
        life,
        branch: 'feature/NOTE-1',
      },
      key: { life, resetEpoch: 0, stage: 'deploy', kind: 'build', iteration: this.#iteration },
      target: TARGET,
      url: this.url,
      build,
      fence: 10,
      ...change,
    };
  }

  deploy(build: Build, change: Partial<DeployInput> = {}) {
    return this.redeploy(this.input(build, change));
  }

  /** The same run again, as Temporal repeats an attempt. */
  redeploy(input: DeployInput) {
    return inActivity(() => deployBuild(this.ports, input));
  }

  /** The revision of each start of the service so far, in order. */
  async starts(): Promise<string[]> {
    const text = await readFile(join(this.folder.home, 'starts'), 'utf8').catch(() => '');
    return text.split('\n').flatMap((line) => line.split(' ')[0] || []);
  }

  /** The revision that answers on the port, null when nobody does. */
  async revision(): Promise<string | null> {
    const page = await fetch(`${this.url}/version`, { headers: { connection: 'close' } }).catch(
      () => null,
    );
    return page === null ? null : ((await page.json()) as { revision: string }).revision;
  }

  async record(): Promise<ServiceRecord> {
    return ServiceRecord.parse(JSON.parse(await readFile(this.folder.serviceRecord, 'utf8')));
  }

  state() {
    return readTargetState(this.folder);
  }

  read(path: string): Promise<string> {
    return readFile(join(this.dataDir, path), 'utf8');
  }

  async writeFile(path: string, text: string): Promise<string> {
    const file = join(this.dataDir, path);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, text);
    return file;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await stopTarget(this.dataDir, TARGET);
    await this.runHost[Symbol.asyncDispose]();
    await rm(this.dataDir, { recursive: true, force: true });
  }
}

async function findFreePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  return typeof address === 'object' && address !== null ? address.port : 0;
}
