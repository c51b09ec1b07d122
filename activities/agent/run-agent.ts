import { createReadStream } from 'node:fs';
import { mkdir, open, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import type { ProduceInput } from '../../workflows/domain/activities.ts';
import { documentsOf } from '../../workflows/domain/ids.ts';
import type { AgentEnd, RunSummary, RunUsage } from '../../workflows/domain/runs.ts';
import type { Role } from '../../workflows/domain/stages.ts';
import type { AgentAdapter, AgentEvent, AgentProgram } from '../clients/agent-adapter.ts';
import { PermanentError, ToolError } from '../errors.ts';
import type { Repository } from '../git/repository.ts';
import type { HostCall } from '../host-ports.ts';
import { makeRunFolders, runEnvironment } from '../runs/run-environment.ts';
import type { RunExit } from '../runs/runs.ts';
import { rebuildTree } from '../workspace/rebuild-tree.ts';
import { workspaceOf } from '../workspace/workspace.ts';
import type { TaskFiles } from './write-task.ts';

/** Record of the commit made from a run, in its directory. */
export const COLLECTED = 'collected.json';

const LONGEST_LINE = 4_000_000;
const STDERR_TAIL_BYTES = 4000;

/** How an agent run ended. `text` is its last word. */
export interface AgentRun {
  end: AgentEnd;
  reason: string;
  text: string;
  summary: RunSummary;
  endedAt: string;
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
 * Runs the agent on a fresh tree at workHead, or answers how the run ended that an earlier attempt saw to its end. Throws
 * ToolError for a death that was not the agent's own (the next attempt runs again), PermanentError for one that cannot pass.
 */
export async function runAgent(
  call: HostCall,
  repository: Repository,
  { input, runId, files }: { input: ProduceInput; runId: string; files: TaskFiles },
): Promise<AgentRun> {
  const { ports } = call;
  const { runs } = ports;
  const agent = requireAgent(call, input);
  const directory = runs.directoryOf(runId);
  const workspace = workspaceOf(input.task, ports.dataDir);
  const home = join(directory, 'home');
  const { policy } = input;
  const { rolePromptPath, promptPath, ours } = files;
  const command = agent.adapter.buildCommand({ runId, policy, rolePromptPath, home });
  const exit = await runs.run(
    {
      runId,
      lockPath: workspace.lock,
      cwd: workspace.tree,
      argv: [...agent.command, ...command.args],
      env: { ...runEnvironment(directory, ports.path), ...agent.env, ...command.env },
      stdinPath: promptPath,
      timeoutMs: policy.timeoutMs,
    },
    {
      signal: call.signal,
      onHeartbeat: call.beat,
      prepare: async () => {
        await makeRunFolders(directory);
        await rm(join(directory, COLLECTED), { force: true });
        await prepareTree(call, repository, { input, ours });
      },
    },
  );
  return conclude(call, { input, runId, exit });
}

/** Throws PermanentError when this host has no program for the role's agent. */
function requireAgent({ ports }: HostCall, { role, policy }: ProduceInput): AgentProgram {
  const program = ports.agents[policy.agent];
  if (program !== undefined) return program;
  throw new PermanentError(`the ${role} is to be a ${policy.agent}, and this host has none`);
}

async function prepareTree(
  call: HostCall,
  repository: Repository,
  { input, ours }: { input: ProduceInput; ours: TaskFiles['ours'] },
): Promise<void> {
  const { tree } = workspaceOf(input.task, call.ports.dataDir);
  const { workHead: head, baseSha, task } = input;
  await rebuildTree(call.ports.git, repository, { tree, head, baseSha, branch: task.branch });
  for (const name of VERDICT_DOCUMENTS[input.role]) {
    await rm(join(tree, documentsOf(task.id), name), { recursive: true, force: true });
  }
  for (const [path, text] of Object.entries(ours)) {
    await mkdir(dirname(join(tree, path)), { recursive: true });
    await writeFile(join(tree, path), text);
  }
}

async function conclude(
  call: HostCall,
  { input, runId, exit }: { input: ProduceInput; runId: string; exit: RunExit },
): Promise<AgentRun> {
  const { runs } = call.ports;
  const agent = requireAgent(call, input);
  const events = await readEvents(exit.stdoutPath, agent.adapter);
  const stderrTail = await readTail(exit.stderrPath);
  const outcome = agent.adapter.classify(exit, { events, stderrTail });
  if (outcome.kind !== 'ended') {
    await runs.discard(runId);
    const Failure = outcome.why === 'permanent' ? PermanentError : ToolError;
    throw new Failure(`${input.role} of ${input.task.id}: ${outcome.reason}`);
  }
  const final = events.findLast((event) => event.kind === 'final');
  const spoke = events.findLast((event) => event.kind === 'spoke' && event.text !== '');
  const usage: RunUsage | null = final?.usage
    ? { ...final.usage, effort: input.policy.effort }
    : null;
  const seconds = Math.round((Date.parse(exit.endedAt) - Date.parse(exit.startedAt)) / 1000);
  return {
    end: outcome.end,
    reason: outcome.reason,
    text: final?.text || (spoke?.kind === 'spoke' ? spoke.text : ''),
    summary: { runId, stage: input.key.stage, role: input.role, end: outcome.end, seconds, usage },
    endedAt: exit.endedAt,
  };
}

async function readEvents(path: string, adapter: AgentAdapter): Promise<AgentEvent[]> {
  const events: AgentEvent[] = [];
  const lines = createInterface({ input: createReadStream(path), crlfDelay: Infinity });
  for await (const line of lines) {
    const event = line.length > LONGEST_LINE ? null : adapter.parseLine(line);
    if (event !== null) events.push(event);
  }
  return events;
}

async function readTail(path: string): Promise<string> {
  const file = await open(path);
  try {
    const { size } = await file.stat();
    const length = Math.min(size, STDERR_TAIL_BYTES);
    const { buffer } = await file.read(Buffer.alloc(length), 0, length, size - length);
    return buffer.toString('utf8');
  } finally {
    await file.close();
  }
}
