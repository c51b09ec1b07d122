import { existsSync } from 'node:fs';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { ProduceInput } from '../../workflows/domain/activities.ts';
import { documentsOf } from '../../workflows/domain/ids.ts';
import type { RolePolicy } from '../../workflows/domain/policy.ts';
import { PROVIDER_OF } from '../../workflows/domain/runs.ts';
import type { Role } from '../../workflows/domain/stages.ts';
import type {
  AgentAdapter,
  AgentCommand,
  AgentEvent,
  AgentOutput,
} from '../clients/agent-adapter.ts';
import { priceUsage } from '../clients/price-usage.ts';
import type { Repository } from '../git/repository.ts';
import type { HostCall } from '../host-ports.ts';
import type { LaunchKind } from '../runs/runs.ts';
import { makeRunFolders } from '../runs/run-environment.ts';
import { rebuildTree } from '../workspace/rebuild-tree.ts';
import { workspaceOf } from '../workspace/workspace.ts';
import { plantCanary, readCanary } from './canary.ts';
import { createMeter } from './meter.ts';
import { readOutput, readTail } from './read-output.ts';
import type { TaskFiles } from './write-task.ts';

/** Record of the commit made from a run, in its directory. */
export const COLLECTED = 'collected.json';
/** Standard output of all launches of a run, in its directory. */
const STDOUT = 'stdout.jsonl';
/** The least that is left of a budget: an agent that may spend nothing would take that for no limit. */
const LEAST_BUDGET_USD = 0.01;

/** One agent run, before its process. */
export interface Launch {
  call: HostCall;
  repository: Repository;
  adapter: AgentAdapter;
  input: ProduceInput;
  runId: string;
  files: TaskFiles;
}

/** What the launch's process is: what an agent is asked to do, or null = it has already told its result. */
export interface Prepared {
  command: AgentCommand | null;
  stdinPath: string;
}

/** Documents a role's verdict is read from. They are gone when its run starts, so what is there afterwards is its own. Source: I4 */
const VERDICT_DOCUMENTS: Readonly<Record<Role, readonly string[]>> = {
  analyst: ['01-questions.md'],
  architect: ['06-adr'],
  developer: [],
  reviewer: ['12-review.md'],
  tester: ['13-test-report.md'],
  deployer: ['15-staging-log.md'],
};

/**
 * Makes tree and folders ready for a launch and says what to start. A launch that goes on resumes the agent's session; where it
 * cannot, it starts over on a fresh tree. One that died between its result and its end only has to say it again.
 */
export async function prepareLaunch(launch: Launch, how: LaunchKind): Promise<Prepared> {
  const { call, adapter, input, runId, files } = launch;
  const directory = call.ports.runs.directoryOf(runId);
  await rm(join(directory, COLLECTED), { force: true });
  const earlier = await readEarlier(launch);
  const about = {
    runId,
    policy: withinBudget(input.policy, earlier.costUsd),
    rolePromptPath: files.rolePromptPath,
    home: join(directory, 'home'),
  };
  const { dataDir } = call.ports;
  const { tree } = workspaceOf(input.task, dataDir);
  if (how === 'go-on' && existsSync(tree)) {
    if (earlier.result !== null) {
      return {
        command: null,
        stdinPath: await writeBeside(launch, 'result.jsonl', earlier.result),
      };
    }
    const resumed = adapter.buildResume(about, earlier);
    if (resumed !== null) return withStdin(launch, resumed);
  }
  await makeRunFolders(directory);
  await plantCanary(about.home, await readCanary(dataDir, runId));
  await prepareTree(launch);
  return withStdin(launch, adapter.buildCommand(about));
}

interface Earlier extends AgentOutput {
  costUsd: number;
  /** line of the result the last launch told before it was lost, null = it told none */
  result: string | null;
}

async function readEarlier({ call, adapter, input, runId }: Launch): Promise<Earlier> {
  const { runs } = call.ports;
  const path = join(runs.directoryOf(runId), STDOUT);
  const { events, finalLine } = await readOutput(path, adapter, { from: 0, to: null });
  const exit = await runs.read(runId);
  const stderrTail =
    exit === null ? '' : await readTail(exit.stderrPath, exit.lastLaunch.stderrFrom);
  const meter = createRunMeter(input.policy);
  for (const event of events) meter.add(event);
  const costUsd = meter.total()?.costUsd ?? 0;
  return { events, stderrTail, costUsd, result: hasToldSuccess(events) ? finalLine : null };
}

function hasToldSuccess(events: readonly AgentEvent[]): boolean {
  const last = events.findLast((event) => event.kind === 'final' || event.kind === 'started');
  return last?.kind === 'final' && last.success;
}

/** The meter of a role's runs. */
export const createRunMeter = (policy: RolePolicy) =>
  createMeter(policy.model, (usage) => priceUsage(PROVIDER_OF[policy.agent], usage));

/** The budget is the run's, over all its launches. */
function withinBudget(policy: RolePolicy, spentUsd: number): RolePolicy {
  if (policy.maxBudgetUsd === null) return policy;
  const left = Math.max(LEAST_BUDGET_USD, policy.maxBudgetUsd - spentUsd);
  return { ...policy, maxBudgetUsd: Math.round(left * 100) / 100 };
}

async function withStdin(launch: Launch, command: AgentCommand): Promise<Prepared> {
  const { promptPath, rolePromptPath } = launch.files;
  const { stdin } = command;
  if (typeof stdin === 'object') {
    return { command, stdinPath: await writeBeside(launch, 'continue.md', `${stdin.text}\n`) };
  }
  if (stdin === 'prompt' || rolePromptPath === null) return { command, stdinPath: promptPath };
  const role = await readFile(rolePromptPath, 'utf8');
  const prompt = await readFile(promptPath, 'utf8');
  const text = `${role.trimEnd()}\n\n---\n\n${prompt}`;
  return { command, stdinPath: await writeBeside(launch, 'role-and-prompt.md', text) };
}

async function writeBeside({ call, runId }: Launch, name: string, text: string): Promise<string> {
  const path = join(call.ports.runs.directoryOf(runId), name);
  await writeFile(path, text.endsWith('\n') ? text : `${text}\n`);
  return path;
}

async function prepareTree({ call, repository, input, files }: Launch): Promise<void> {
  const { tree } = workspaceOf(input.task, call.ports.dataDir);
  const { workHead: head, baseSha, task } = input;
  await rebuildTree(call.ports.git, repository, { tree, head, baseSha, branch: task.branch });
  for (const name of VERDICT_DOCUMENTS[input.role]) {
    await rm(join(tree, documentsOf(task.id), name), { recursive: true, force: true });
  }
  for (const [path, text] of Object.entries(files.ours)) {
    await mkdir(dirname(join(tree, path)), { recursive: true });
    await writeFile(join(tree, path), text);
  }
}
