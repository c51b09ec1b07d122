import type { RolePolicy } from '../../workflows/domain/policy.ts';
import type { AgentEnd, AgentName, Interruption, RunUsage } from '../../workflows/domain/runs.ts';
import type { RunExit } from '../runs/runs.ts';

/** How to start one agent run. */
export interface AgentLaunch {
  runId: string;
  policy: RolePolicy;
  /** file with the role's prompt, null = the base commit has none */
  rolePromptPath: string | null;
  /** private home of the run */
  home: string;
}

/** What follows the program's own words, the environment beside the common one, and what it reads. */
export interface AgentCommand {
  args: readonly string[];
  env: Readonly<Record<string, string>>;
  /** the run's prompt file, the role's prompt before it where arguments cannot name one, or a text */
  stdin: 'prompt' | 'role and prompt' | { text: string };
}

/** What one line of an agent's stream says, as far as we care; the rest is left out. */
export type AgentEvent =
  | { kind: 'started'; sessionId: string | null; model: string | null; version: string | null }
  /** the provider refuses until then; ISO, null = not told */
  | { kind: 'limit'; resetsAt: string | null }
  /** `code` and `status` as the provider names them */
  | { kind: 'error'; code: string; text: string; status: number | null }
  | { kind: 'spoke'; text: string }
  /** what one answer of a model used; a later one with the same `id` replaces it */
  | { kind: 'used'; id: string; usage: AgentTotals }
  /** one step of work, of an agent that cannot limit its turns by itself */
  | { kind: 'stepped' }
  | AgentFinal;

/** The agent's last word. `success` is its own claim; `usage` counts its whole session, null = none was told. */
export interface AgentFinal {
  kind: 'final';
  success: boolean;
  subtype: string;
  text: string;
  reason: string | null;
  /** HTTP status of the provider's last answer, null = not told */
  status: number | null;
  usage: AgentTotals | null;
}

/** Totals of a run over all models. `costUsd` null = unknown; of `cachedTokens` so many were written. */
export type AgentTotals = Omit<RunUsage, 'effort'> & { cacheWriteTokens: number };

/** How a launch is to be taken: an end of the agent's own or by a limit of ours, or an interruption. */
export type AgentOutcome =
  | { kind: 'ended'; end: Exclude<AgentEnd, 'stopped'>; reason: string }
  | { kind: 'interrupted'; why: Interruption; reason: string; resetsAt: string | null };

/** What one or more launches said. */
export interface AgentOutput {
  events: readonly AgentEvent[];
  stderrTail: string;
}

/** What an agent CLI can do by itself; what it cannot is done by us or left out. */
export interface AgentCapabilities {
  /** tells what it cost */
  cost: boolean;
  /** stops at a budget */
  budget: boolean;
  fallback: boolean;
  effort: boolean;
  /** goes on with an earlier session */
  resume: boolean;
  /** stops at a number of turns */
  maxTurns: boolean;
}

/** One agent CLI. Prompt on stdin, stream on stdout. */
export interface AgentAdapter {
  name: AgentName;
  capabilities: AgentCapabilities;
  /** whether a name has the form the CLI takes; what it refuses is never passed on. Source: ORCH-074, ORCH-081 */
  accepts(what: 'model' | 'effort', name: string): boolean;
  /** host:port of what it must reach */
  endpoints: readonly string[];
  buildCommand(launch: AgentLaunch): AgentCommand;
  /** Goes on with the session that `earlier` launches told of; null = it cannot: start over. */
  buildResume(launch: AgentLaunch, earlier: AgentOutput): AgentCommand | null;
  /** what a line of standard output says, in order */
  parseLine(line: string): readonly AgentEvent[];
  /** Judges how the last launch ended by what it said. */
  classify(exit: RunExit, said: AgentOutput): AgentOutcome;
}

/** An agent as this host can start it. */
export interface AgentProgram {
  adapter: AgentAdapter;
  /** argv prefix of the agent's program */
  command: readonly string[];
  /** model key and the like; allow-listed by the configuration */
  env: Readonly<Record<string, string>>;
}
