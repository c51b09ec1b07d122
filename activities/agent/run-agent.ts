import { join } from 'node:path';
import type { ProduceInput } from '../../workflows/domain/activities.ts';
import type { RunUsage } from '../../workflows/domain/runs.ts';
import type { AgentOutcome, AgentProgram } from '../clients/agent-adapter.ts';
import type { Repository } from '../git/repository.ts';
import type { HostCall } from '../host-ports.ts';
import { runEnvironment } from '../runs/run-environment.ts';
import type { LaunchKind, RunCommand, RunExit } from '../runs/runs.ts';
import { sandboxOfAgent } from '../runs/sandbox/isolation.ts';
import type { Sandbox } from '../runs/sandbox/sandbox.ts';
import { workspaceOf } from '../workspace/workspace.ts';
import { readRunSecrets } from './agent-secrets.ts';
import { billRun } from './bill-run.ts';
import { canaryEnvironment, readCanary } from './canary.ts';
import type { Launch } from './prepare-launch.ts';
import { createRunMeter, prepareLaunch } from './prepare-launch.ts';
import { readTail } from './read-output.ts';
import { watchRun } from './watch-run.ts';
import type { TaskFiles } from './write-task.ts';

/** How one continuation of an agent run went. `text` is the agent's last word, `usage` this continuation's own. */
export interface AgentRun {
  outcome: AgentOutcome;
  text: string;
  usage: RunUsage | null;
  seconds: number;
  /** ISO, empty = it did not run here */
  endedAt: string;
}

/** An agent run and the program it is run with. */
interface Running extends Launch {
  program: AgentProgram;
}

/**
 * Runs the agent, follows one that runs already, or answers how a finished one ended. Never throws for what the agent or its
 * provider does: the outcome says it.
 */
export async function runAgent(
  call: HostCall,
  repository: Repository,
  { input, runId, files }: { input: ProduceInput; runId: string; files: TaskFiles },
): Promise<AgentRun> {
  const program = call.ports.agents[input.policy.agent];
  if (program === undefined) return withoutProgram(call, input);
  const { adapter } = program;
  const running = { call, repository, adapter, input, runId, files, program };
  const workspace = workspaceOf(input.task, call.ports.dataDir);
  const exit = await call.ports.runs.run(
    {
      runId,
      continuation: input.continuation,
      lockPath: workspace.lock,
      cwd: workspace.tree,
      timeoutMs: input.policy.timeoutMs,
      sandbox: sandboxOf(running),
      secrets: await readRunSecrets(call, input.policy.agent, runId),
    },
    {
      owner: call.owner,
      cancel: call.cancel,
      detach: call.detach,
      onHeartbeat: call.beat,
      prepare: (how) => buildLaunch(running, how),
      ...watchRun(adapter, input.policy, createRunMeter(input.policy)),
    },
  );
  return conclude(running, exit);
}

function withoutProgram({ ports }: HostCall, { role, policy }: ProduceInput): AgentRun {
  const reason = `the ${role} is to be the agent "${policy.agent}", and host ${ports.hostId} has no command for it`;
  const outcome = { kind: 'interrupted', why: 'permanent', reason, resetsAt: null } as const;
  return { outcome, text: '', usage: null, seconds: 0, endedAt: '' };
}

function sandboxOf({ call, repository, adapter, input, runId, files }: Running): Sandbox | null {
  const { isolation, runs, dataDir } = call.ports;
  if (isolation === null) return null;
  const directory = runs.directoryOf(runId);
  const { promptPath, rolePromptPath } = files;
  const role = rolePromptPath === null ? [] : [rolePromptPath];
  return sandboxOfAgent(isolation, {
    tree: workspaceOf(input.task, dataDir).tree,
    objects: join(repository.gitDir, 'objects'),
    home: join(directory, 'home'),
    inputs: [promptPath, ...role, join(directory, 'task.md')],
    endpoints: adapter.endpoints,
  });
}

async function buildLaunch(running: Running, how: LaunchKind): Promise<RunCommand> {
  const { call, runId, program: agent } = running;
  const { command, stdinPath } = await prepareLaunch(running, how);
  const canary = await readCanary(call.ports.dataDir, runId);
  const common = runEnvironment(call.ports.runs.directoryOf(runId), call.ports.path);
  const env = { ...common, ...canaryEnvironment(canary) };
  if (command === null) return { argv: ['cat'], env, stdinPath };
  return {
    argv: [...agent.command, ...command.args],
    env: { ...env, ...agent.env, ...command.env },
    stdinPath,
  };
}

async function conclude({ adapter, input }: Running, exit: RunExit): Promise<AgentRun> {
  const { events, usage } = await billRun({ adapter, policy: input.policy }, exit);
  const stderrTail = await readTail(exit.stderrPath, exit.lastLaunch.stderrFrom);
  const outcome = adapter.classify(exit, { events, stderrTail });
  const final = events.findLast((event) => event.kind === 'final');
  const spoke = events.findLast((event) => event.kind === 'spoke');
  return {
    outcome: exit.leaks.length > 0 ? leaked(exit.leaks) : outcome,
    text: final?.text || (spoke?.text ?? ''),
    usage,
    seconds: Math.round(exit.workedMs / 1000),
    endedAt: exit.endedAt,
  };
}

const leaked = (names: readonly string[]): AgentOutcome => ({
  kind: 'ended',
  end: 'leaked',
  reason: `the agent printed ${names.join(', ')}`,
});
