import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { execa } from 'execa';

const ROOT = resolve(import.meta.dirname, '../..');
const PROGRAMS = {
  claude: join(ROOT, 'infra/sandbox/agent/agent.ts'),
  codex: join(ROOT, 'infra/sandbox/agent/codex.ts'),
};
const SAMPLE_PROJECT = join(ROOT, 'infra/sandbox/sample-project');

/** The flags every run here is started with, as an adapter would. */
export const STREAM_FLAGS = ['-p', '--output-format', 'stream-json', '--verbose'];

/** One event of the stream, loosely typed: a test looks at the fields it is about. */
export interface AgentEvent {
  type: string;
  [field: string]: unknown;
}

/** A task as the orchestrator would describe it to a role. */
export interface TaskBrief {
  task?: string;
  role: string;
  title?: string;
  track?: 'full' | 'bug';
  returns?: number;
  body?: string;
}

/** A throw-away folder with a work tree of the sample project in `tree`; disposing removes it. */
export interface WorkFolder extends AsyncDisposable {
  readonly folder: string;
  readonly tree: string;
}

/** Makes a `WorkFolder` in the system's temporary folder. */
export async function makeWorkFolder(): Promise<WorkFolder> {
  const folder = await mkdtemp(join(tmpdir(), 'scripted-agent-'));
  const tree = join(folder, 'tree');
  await cp(SAMPLE_PROJECT, tree, { recursive: true });
  return {
    folder,
    tree,
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  };
}

interface AgentStart {
  cwd: string;
  prompt?: string;
  env?: Record<string, string>;
  program?: keyof typeof PROGRAMS;
}

/** Starts the agent as a program; `exitCode` and both streams are in the awaited result, nothing is thrown. */
export function startAgent(
  args: readonly string[],
  { cwd, prompt = '', env = {}, program = 'claude' }: AgentStart,
) {
  return execa(process.execPath, [PROGRAMS[program], ...args], {
    cwd,
    input: prompt,
    env: { SCRIPTED_AGENT_PACE_MS: '0', ...env },
    reject: false,
    buffer: true,
  });
}

/** Writes the task file of `brief` beside the tree and answers the prompt that names it. */
export async function writeTask(at: WorkFolder, brief: TaskBrief): Promise<string> {
  const { task = 'NOTE-1', title = 'Add recent notes', track = 'full', returns = 0 } = brief;
  const file = join(at.folder, `${task}-${brief.role}.md`);
  const frontmatter = [
    `task: ${task}`,
    `role: ${brief.role}`,
    `title: ${JSON.stringify(title)}`,
    `track: ${track}`,
    `documents: docs/work-items/${task}`,
    `returns: ${returns}`,
    'run: 1',
  ];
  await writeFile(file, `---\n${frontmatter.join('\n')}\n---\n# Task\n\n${brief.body ?? ''}\n`);
  return `Do your part.\n\nTask file: ${file}\n`;
}

/** The events of a stream-json output. */
export function readEvents(stdout: string): AgentEvent[] {
  return stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as AgentEvent);
}

/** Runs one role to its end and answers its events; throws when the agent does not succeed. */
export async function runRole(at: WorkFolder, brief: TaskBrief): Promise<AgentEvent[]> {
  const prompt = await writeTask(at, brief);
  const { exitCode, stdout, stderr } = await startAgent(STREAM_FLAGS, { cwd: at.tree, prompt });
  if (exitCode !== 0) throw new Error(`${brief.role} ended with ${String(exitCode)}: ${stderr}`);
  return readEvents(stdout);
}

/** Runs one test folder of the tree, `unit` or `acceptance`; true when green. */
export async function isGreen(at: WorkFolder, tests: 'unit' | 'acceptance'): Promise<boolean> {
  const file = join(at.tree, 'tests', tests, 'index.js');
  const { exitCode } = await execa(process.execPath, [file], { cwd: at.tree, reject: false });
  return exitCode === 0;
}

/** git in the tree, with an identity and nobody's configuration; answers stdout, throws on failure. */
export async function git(at: WorkFolder, ...args: string[]): Promise<string> {
  const identity = ['-c', 'user.name=test', '-c', 'user.email=test@localhost'];
  const { stdout } = await execa('git', [...identity, ...args], {
    cwd: at.tree,
    env: { GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_NOSYSTEM: '1' },
  });
  return stdout;
}

/** Commits all of the tree and answers the id of the committed tree. */
export async function commitTree(at: WorkFolder, subject: string): Promise<string> {
  await git(at, 'add', '-A');
  await git(at, 'commit', '-q', '--allow-empty', '-m', subject);
  return git(at, 'rev-parse', 'HEAD^{tree}');
}
