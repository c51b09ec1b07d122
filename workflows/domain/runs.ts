import type { Role, StageName } from './stages.ts';

/** Tokens and money of one agent run. `costUsd` null = unknown, never 0. Source: ORCH-091. */
export interface RunUsage {
  model: string | null;
  effort: string | null;
  /** input + cache read + cache write, tokens */
  inputTokens: number;
  /** the part of `inputTokens` read from or written to a cache, tokens */
  cachedTokens: number;
  outputTokens: number;
  costUsd: number | null;
}

/** The agent CLIs there is an adapter for. */
export const AGENT_NAMES = ['claude', 'codex', 'command'] as const;
export type AgentName = (typeof AGENT_NAMES)[number];

/** Whose limits the runs of an agent use up: what pauses one of them pauses all of its provider. */
export const PROVIDER_OF = {
  claude: 'anthropic',
  codex: 'openai',
  command: 'command',
} as const satisfies Record<AgentName, string>;

/** How an agent run ended by its own doing or by a limit of ours; `leaked` = a secret was found in what it left,
 * `stopped` = by a person's STOP. */
export type AgentEnd =
  'finished' | 'timed-out' | 'max-turns' | 'over-budget' | 'failed' | 'leaked' | 'stopped';

/**
 * An end that was not the agent's own doing: `transient` passes by itself, `limit` passes at its reset, `incomplete` goes on in
 * the same session, `permanent` needs a person.
 */
export type Interruption = 'transient' | 'limit' | 'incomplete' | 'permanent';

/** What kind of supervised work a run is; part of its key. */
export type RunKind = 'agent' | 'test' | 'retest' | 'build' | 'suite';

/** Everything that names a run: its id is the hash of these. Source: idempotency by a key we choose. */
export interface RunKey {
  life: string;
  resetEpoch: number;
  stage: StageName;
  kind: RunKind;
  /** grows with every producer or gate run of a task and never shrinks */
  iteration: number;
}

/** One row of a task's history of agent runs, as kept in its state and ledger. */
export interface RunSummary {
  runId: string;
  stage: StageName;
  role: Role;
  end: AgentEnd;
  seconds: number;
  usage: RunUsage | null;
}

/** A run that may go on with `continuation` + 1, at once or after a wait. Its work stays in the tree. */
export interface InterruptedRun {
  kind: 'interrupted';
  runId: string;
  why: Interruption;
  reason: string;
  /** ISO, null = not told */
  resetsAt: string | null;
  /** whose limits it used */
  provider: string;
  /** of this continuation alone, null = none was told */
  usage: RunUsage | null;
  /** worked in this continuation */
  seconds: number;
}

/** An agent run that was begun and has not ended: what is needed to let it go on. */
export interface OpenRun {
  key: RunKey;
  role: Role;
  continuation: number;
  /** model to use instead of the role's own, null = the role's own */
  model: string | null;
  /** interruptions in a row that pass by themselves */
  transients: number;
  /** times it was let go on after an answer that broke off */
  incompletes: number;
  /** what its interrupted continuations used */
  usages: readonly (RunUsage | null)[];
  /** worked in its interrupted continuations */
  seconds: number;
}

/** What a run that a STOP ended had used in its last continuation; `wasLaunched` false = nothing, it never began. */
export interface StoppedBill {
  runId: string;
  wasLaunched: boolean;
  usage: RunUsage | null;
  seconds: number;
}
