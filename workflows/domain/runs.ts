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

/** How an agent process ended, classified. Infrastructure deaths throw instead. */
export type AgentEnd = 'finished' | 'timed-out' | 'max-turns' | 'over-budget' | 'failed';

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
