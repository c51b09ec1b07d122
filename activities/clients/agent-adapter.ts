import type { RolePolicy } from '../../workflows/domain/policy.ts';
import type { AgentEnd, RunUsage } from '../../workflows/domain/runs.ts';
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

/** What one line of an agent's stream says, as far as we care; every other line is null. */
export type AgentEvent =
  | { kind: 'started'; model: string | null; version: string | null }
  | { kind: 'limit'; resetsAt: string | null }
  | { kind: 'error'; code: string; text: string }
  | { kind: 'spoke'; text: string }
  | {
      kind: 'final';
      success: boolean;
      subtype: string;
      text: string;
      reason: string | null;
      usage: AgentTotals;
    };

/** Totals of a run over all models. `costUsd` null = unknown. */
export type AgentTotals = Omit<RunUsage, 'effort'>;

/** How a run is to be taken: an end of the agent's own, or a breakage that may pass or not. */
export type AgentOutcome =
  | { kind: 'ended'; end: AgentEnd; reason: string }
  | { kind: 'transient'; reason: string }
  | { kind: 'permanent'; reason: string };

/** What an agent CLI can do by itself. */
export interface AgentCapabilities {
  cost: boolean;
  budget: boolean;
  fallback: boolean;
  effort: boolean;
}

/** One agent CLI. Prompt on stdin, stream on stdout, one JSON object a line. */
export interface AgentAdapter {
  name: string;
  capabilities: AgentCapabilities;
  /** arguments after the command prefix, and environment beside the common one */
  buildCommand(launch: AgentLaunch): {
    args: readonly string[];
    env: Readonly<Record<string, string>>;
  };
  parseLine(line: string): AgentEvent | null;
  classify(exit: RunExit, events: readonly AgentEvent[], stderrTail: string): AgentOutcome;
}
