import type { AgentName } from './runs.ts';
import type { BudgetPolicy } from './budget.ts';
import type { Role } from './stages.ts';

/** What a run of one role may use. Null model or effort = the adapter's own default. Source: ORCH-074, ORCH-081. */
export interface RolePolicy {
  agent: AgentName;
  model: string | null;
  effort: string | null;
  fallbackModel: string | null;
  timeoutMs: number;
  maxBudgetUsd: number | null;
  /** null = as many turns as the time allows */
  maxTurns: number | null;
  /** a run that prints nothing for so long is taken for hung */
  idleMs: number;
  /** how long the process may stay after it told its result */
  afterResultMs: number;
}

/** One environment a build is deployed to; null in the policy = the gate is N/A with that reason. */
export interface TargetPolicy {
  /** key of the deploy queue: `deploy@<target>` */
  target: string;
  /** where people and probes reach the service, no trailing slash */
  url: string;
}

/**
 * A project's policy as one task sees it. Read from the registry by an activity, recorded in history, fixed for a stage.
 * All durations in ms.
 */
export interface TaskPolicy {
  /** changes with the content, so that an unchanged policy need not travel again */
  version: string;
  maxReturns: number;
  maxProducerAttempts: number;
  maxConflicts: number;
  maxRereviews: number;
  maxLostRaces: number;
  /** automatic retries of a broken tool before the hold is shown as a person's */
  maxInfraRetries: number;
  labels: { bug: string; autoApprove: string; autoDeploy: string };
  autoApproveAllowed: boolean;
  autoDeployAllowed: boolean;
  confirmation: 'human' | 'auto';
  roles: Record<Role, RolePolicy>;
  budget: BudgetPolicy;
  ciDeadlineMs: number;
  testTimeoutMs: number;
  staging: TargetPolicy | null;
  production: TargetPolicy | null;
  watchWindowMs: number;
  watchIntervalMs: number;
  /** start-to-close of a short call, and heartbeat time-out of a long one */
  shortTimeoutMs: number;
  heartbeatTimeoutMs: number;
  /** first re-reading interval of a wait and the cap it backs off to */
  rereadMs: number;
  rereadMaxMs: number;
  /** how often a waiter repeats its lane request */
  laneRepeatMs: number;
  language: 'en' | 'ru';
}
