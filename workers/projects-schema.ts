import { createHash } from 'node:crypto';
import { parse } from 'yaml';
import { z } from 'zod';
import { toRepoSlug } from '../workflows/domain/ids.ts';
import type { RolePolicy, TargetPolicy, TaskPolicy } from '../workflows/domain/policy.ts';
import type { ProcessTarget, Project } from '../workflows/domain/project.ts';
import { ROLES } from '../workflows/domain/stages.ts';
import type { Role } from '../workflows/domain/stages.ts';
import { ConfigurationError } from './env-reader.ts';
import { findClashes } from './project-clashes.ts';
import { TIMINGS } from './timings.ts';
import type { Profile, Timings } from './timings.ts';
import { reasonOf } from './reason-of.ts';

/** The registry as read from projects.yaml. */
export interface ParsedProjects {
  projects: readonly Project[];
  /** values that were skipped */
  warnings: readonly string[];
}

/**
 * Reads the text of projects.yaml; what it leaves out gets the profile's default. Throws ConfigurationError naming every
 * problem of every project at once.
 */
export function parseProjects(text: string, file: string, profile: Profile): ParsedProjects {
  const subject = `The project registry ${file}`;
  const parsed = ProjectsFile.safeParse(parseYaml(text, subject));
  if (!parsed.success) {
    throw new ConfigurationError(subject, parsed.error.issues.map(describeIssue));
  }
  const warnings: string[] = [];
  const timings = TIMINGS[profile];
  const projects = Object.entries(parsed.data.projects).map(([key, entry]) =>
    toProject({ key, entry, timings, warnings }),
  );
  const clashes = findClashes(projects);
  if (clashes.length > 0) throw new ConfigurationError(subject, clashes);
  return { projects, warnings };
}

function parseYaml(text: string, subject: string): unknown {
  try {
    return parse(text);
  } catch (error) {
    throw new ConfigurationError(subject, [`not YAML: ${reasonOf(error)}`]);
  }
}

const describeIssue = (issue: z.core.$ZodIssue): string =>
  `${issue.path.length === 0 ? 'the file' : issue.path.map(String).join('.')}: ${issue.message}`;

const UNIT_MS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };

/** `90s`, `15m`, `250ms`: a duration with its unit, to ms. */
const Duration = z
  .string()
  .regex(/^\d{1,6} ?(ms|s|m|h)$/, 'a duration with its unit, such as 30s or 15m')
  .transform((text) => Number.parseInt(text, 10) * (UNIT_MS[text.replace(/[\d ]+/, '')] ?? 1));

const Count = z.number().int().min(0).max(1000);
const Line = z.string().trim().min(1).max(200);
const Command = z.array(z.string().min(1)).min(1);
const Port = z.number().int().min(1).max(65_535);
/** Unset, null and empty are the same. Source: ORCH-074. */
const Name = z.string().nullish();

const RoleEntry = z.strictObject({
  model: Name,
  effort: Name,
  fallbackModel: Name,
  timeout: Duration.optional(),
  maxBudgetUsd: z.number().positive().nullish(),
});

const TargetEntry = z.strictObject({ target: Line, url: z.url().optional() });

/** Null or left out = no limit. */
const Usd = z.number().positive().max(1_000_000).nullable().default(null);
const BudgetEntry = z.strictObject({
  taskUsd: Usd,
  dayUsd: Usd,
  projectUsd: Usd,
  reserveUsd: z.number().positive().max(1000).default(2),
  noProgressUsd: Usd,
});

const PolicyEntry = z.strictObject({
  maxReturns: Count.default(3),
  maxProducerAttempts: Count.min(1).default(2),
  maxConflicts: Count.default(2),
  maxRereviews: Count.default(2),
  maxLostRaces: Count.default(3),
  maxInfraRetries: Count.default(3),
  autoApproveAllowed: z.boolean().default(true),
  autoDeployAllowed: z.boolean().default(true),
  confirmation: z.enum(['human', 'auto']).default('human'),
  agents: RoleEntry.prefault({}),
  roles: z.partialRecord(z.enum(ROLES), RoleEntry).prefault({}),
  budget: BudgetEntry.prefault({}),
  ciDeadline: Duration.prefault('30m'),
  testTimeout: Duration.prefault('900s'),
  staging: TargetEntry.nullable().default(null),
  production: TargetEntry.nullable().default(null),
  watchWindow: Duration.optional(),
  watchInterval: Duration.optional(),
  reread: Duration.optional(),
  rereadMax: Duration.optional(),
  laneRepeat: Duration.optional(),
  language: z.enum(['en', 'ru']).default('en'),
});

const ProcessTargetEntry = z.strictObject({
  driver: z.literal('process').default('process'),
  port: Port,
  healthTries: Count.min(1).optional(),
  healthInterval: Duration.optional(),
});

const ProjectEntry = z.strictObject({
  name: Line,
  prefix: z.string().regex(/^[A-Z][A-Z0-9]{0,11}$/, 'upper-case letters and digits, such as NOTE'),
  repo: z.string().refine(isRepoSlug, 'owner/name, such as acme/notes').transform(toRepoSlug),
  board: z.strictObject({ workspace: Line, projectId: Line }),
  approvers: z.array(Line).default([]),
  statusAliases: z.record(Line, z.array(Line)).default({}),
  labels: z
    .strictObject({
      bug: Line.default('Bug'),
      autoApprove: Line.default('autoApprove'),
      autoDeploy: Line.default('autoDeploy'),
    })
    .prefault({}),
  commands: z.strictObject({
    test: Command,
    build: Command,
    buildOutput: Line.default('dist'),
    start: Command,
    suite: Command.nullable().default(null),
  }),
  targets: z.record(z.string().regex(/^[a-z0-9][a-z0-9-]*$/), ProcessTargetEntry).default({}),
  policy: PolicyEntry.prefault({}),
});
type ProjectEntry = z.infer<typeof ProjectEntry>;

const ProjectsFile = z.strictObject({
  projects: z.record(z.string().regex(/^[a-z0-9][a-z0-9-]{0,39}$/, 'a key'), ProjectEntry),
});

function isRepoSlug(text: string): boolean {
  try {
    return toRepoSlug(text) === text;
  } catch {
    return false;
  }
}

interface Drawn {
  key: string;
  entry: ProjectEntry;
  timings: Timings;
  warnings: string[];
}

function toProject(drawn: Drawn): Project {
  const { key, entry, timings } = drawn;
  const targets: Record<string, ProcessTarget> = {};
  for (const [name, target] of Object.entries(entry.targets)) {
    targets[name] = {
      driver: target.driver,
      port: target.port,
      healthTries: target.healthTries ?? timings.healthTries,
      healthIntervalMs: target.healthInterval ?? timings.healthIntervalMs,
    };
  }
  const { name, prefix, repo, board, statusAliases, labels, commands } = entry;
  return {
    ...{ key, name, prefix, repo, board, statusAliases, labels, commands, targets },
    approverIds: entry.approvers,
    policy: toPolicy(drawn, targets),
  };
}

function toPolicy(drawn: Drawn, targets: Readonly<Record<string, ProcessTarget>>): TaskPolicy {
  const policy = readPolicy(drawn, targets);
  const version = createHash('sha256').update(JSON.stringify(policy)).digest('hex').slice(0, 12);
  return { version, ...policy };
}

function readPolicy(
  drawn: Drawn,
  targets: Readonly<Record<string, ProcessTarget>>,
): Omit<TaskPolicy, 'version'> {
  const { timings, entry } = drawn;
  const { policy } = entry;
  return {
    maxReturns: policy.maxReturns,
    maxProducerAttempts: policy.maxProducerAttempts,
    maxConflicts: policy.maxConflicts,
    maxRereviews: policy.maxRereviews,
    maxLostRaces: policy.maxLostRaces,
    maxInfraRetries: policy.maxInfraRetries,
    labels: entry.labels,
    autoApproveAllowed: policy.autoApproveAllowed,
    autoDeployAllowed: policy.autoDeployAllowed,
    confirmation: policy.confirmation,
    roles: Object.fromEntries(
      ROLES.map((role) => [role, toRolePolicy(drawn, role)]),
    ) as TaskPolicy['roles'],
    budget: policy.budget,
    ciDeadlineMs: policy.ciDeadline,
    testTimeoutMs: policy.testTimeout,
    staging: toTargetPolicy(policy.staging, targets),
    production: toTargetPolicy(policy.production, targets),
    watchWindowMs: policy.watchWindow ?? timings.watchWindowMs,
    watchIntervalMs: policy.watchInterval ?? timings.watchIntervalMs,
    shortTimeoutMs: timings.shortTimeoutMs,
    heartbeatTimeoutMs: timings.heartbeatTimeoutMs,
    rereadMs: policy.reread ?? timings.rereadMs,
    rereadMaxMs: policy.rereadMax ?? timings.rereadMaxMs,
    laneRepeatMs: policy.laneRepeat ?? timings.laneRepeatMs,
    language: policy.language,
  };
}

function toTargetPolicy(
  entry: z.infer<typeof TargetEntry> | null,
  targets: Readonly<Record<string, ProcessTarget>>,
): TargetPolicy | null {
  if (entry === null) return null;
  const port = targets[entry.target]?.port ?? 0;
  const url = entry.url ?? `http://127.0.0.1:${port}`;
  return { target: entry.target, url: url.replace(/\/+$/, '') };
}

/** The floor under every project's settings. Null = the adapter's own default. */
const SHIPPED: Readonly<Record<Role, { timeoutMs: number; effort: string | null }>> = {
  analyst: { timeoutMs: 30 * 60_000, effort: null },
  architect: { timeoutMs: 30 * 60_000, effort: null },
  developer: { timeoutMs: 60 * 60_000, effort: 'xhigh' },
  reviewer: { timeoutMs: 50 * 60_000, effort: null },
  tester: { timeoutMs: 30 * 60_000, effort: null },
  deployer: { timeoutMs: 30 * 60_000, effort: null },
};

/** Cascade role > agents > shipped; a name no adapter could take is skipped and reported. Source: ORCH-074, ORCH-081. */
function toRolePolicy(drawn: Drawn, role: Role): RolePolicy {
  const { agents, roles } = drawn.entry.policy;
  const own = roles[role];
  const pick = (field: 'model' | 'effort' | 'fallbackModel'): string | null => {
    for (const value of [own?.[field], agents[field]]) {
      const name = value?.trim() ?? '';
      if (/^[A-Za-z0-9][\w.:/@[\]-]{0,99}$/.test(name)) return name;
      if (name !== '') {
        drawn.warnings.push(`${drawn.key}: ${field} "${name}" for ${role} is not a name: skipped`);
      }
    }
    return field === 'effort' ? SHIPPED[role].effort : null;
  };
  return {
    agent: 'claude',
    model: pick('model'),
    effort: pick('effort'),
    fallbackModel: pick('fallbackModel'),
    timeoutMs: own?.timeout ?? agents.timeout ?? SHIPPED[role].timeoutMs,
    maxBudgetUsd: own?.maxBudgetUsd ?? agents.maxBudgetUsd ?? null,
    maxTurns: null,
    idleMs: 20 * 60_000,
    afterResultMs: 60_000,
  };
}
