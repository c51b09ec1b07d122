import { z } from 'zod';
import { AGENT_ADAPTERS } from '../activities/clients/agent-adapters.ts';
import type { RolePolicy } from '../workflows/domain/policy.ts';
import { AGENT_NAMES } from '../workflows/domain/runs.ts';
import type { AgentName } from '../workflows/domain/runs.ts';
import type { Role } from '../workflows/domain/stages.ts';
import { Duration } from './duration.ts';

/** Unset, null and empty are the same. Source: ORCH-074. */
const Name = z.string().nullish();

/** What projects.yaml says about the agents of one role, or of all. */
export const RoleEntry = z.strictObject({
  agent: z.enum(AGENT_NAMES).optional(),
  model: Name,
  effort: Name,
  fallbackModel: Name,
  timeout: Duration.optional(),
  maxBudgetUsd: z.number().positive().nullish(),
  maxTurns: z.number().int().positive().nullish(),
  idle: Duration.optional(),
  afterResult: Duration.optional(),
});
export type RoleEntry = z.infer<typeof RoleEntry>;

/** Who says something about a role, the nearest first. */
interface Cascade {
  role: Role;
  own: RoleEntry | undefined;
  agents: RoleEntry;
  /** told once for each name that is skipped */
  warn: (warning: string) => void;
}

const MINUTE_MS = 60_000;
const SHIPPED_AGENT: AgentName = 'claude';

/** The floor under every project's settings. Null = the adapter's own default. */
const SHIPPED: Readonly<Record<Role, { timeoutMs: number; effort: string | null }>> = {
  analyst: { timeoutMs: 30 * MINUTE_MS, effort: null },
  architect: { timeoutMs: 30 * MINUTE_MS, effort: null },
  developer: { timeoutMs: 60 * MINUTE_MS, effort: 'xhigh' },
  reviewer: { timeoutMs: 50 * MINUTE_MS, effort: null },
  tester: { timeoutMs: 30 * MINUTE_MS, effort: null },
  deployer: { timeoutMs: 30 * MINUTE_MS, effort: null },
};
/** Longer than the ten minutes a command of Claude Code's may last and the five its stream may stall. */
const IDLE_MS = 20 * MINUTE_MS;
const AFTER_RESULT_MS = MINUTE_MS;

/** Cascade role > agents > shipped. */
export function toRolePolicy(cascade: Cascade): RolePolicy {
  const { role, own, agents } = cascade;
  const said: RoleEntry = { ...whatIsSet(agents), ...whatIsSet(own ?? {}) };
  const agent = said.agent ?? SHIPPED_AGENT;
  return {
    agent,
    model: pickName(cascade, agent, 'model'),
    effort: pickName(cascade, agent, 'effort') ?? shippedEffort(role, agent),
    fallbackModel: pickName(cascade, agent, 'fallbackModel'),
    timeoutMs: said.timeout ?? SHIPPED[role].timeoutMs,
    maxBudgetUsd: said.maxBudgetUsd ?? null,
    maxTurns: said.maxTurns ?? null,
    idleMs: said.idle ?? IDLE_MS,
    afterResultMs: said.afterResult ?? AFTER_RESULT_MS,
  };
}

/** Null is as good as left out: it never hides what is said below it. */
const whatIsSet = (entry: RoleEntry): RoleEntry =>
  Object.fromEntries(Object.entries(entry).filter(([, value]) => value !== null));

function shippedEffort(role: Role, agent: AgentName): string | null {
  const { effort } = SHIPPED[role];
  return effort !== null && AGENT_ADAPTERS[agent].accepts('effort', effort) ? effort : null;
}

/**
 * The nearest name the role's agent takes; one it does not take is skipped and reported. What is said for all roles is meant for
 * the agent of all: a role with another agent has names of its own. Source: ORCH-074, ORCH-081.
 */
function pickName(
  { role, own, agents, warn }: Cascade,
  agent: AgentName,
  field: 'model' | 'effort' | 'fallbackModel',
): string | null {
  const kind = field === 'effort' ? 'effort' : 'model';
  const isShared = (agents.agent ?? SHIPPED_AGENT) === agent;
  const said: [string, string][] = [
    [`roles.${role}`, nameIn(own, field)],
    ['agents', isShared ? nameIn(agents, field) : ''],
  ];
  for (const [where, name] of said) {
    if (AGENT_ADAPTERS[agent].accepts(kind, name)) return name;
    if (name !== '') warn(`${where}.${field} "${name}" is none that ${agent} takes: skipped`);
  }
  return null;
}

const nameIn = (entry: RoleEntry | undefined, field: 'model' | 'effort' | 'fallbackModel') =>
  entry?.[field]?.trim() ?? '';
