import { createHash } from 'node:crypto';
import { parse } from 'yaml';
import { z } from 'zod';
import { parseTarget } from '../activities/runs/sandbox/allowed-hosts.ts';
import { toRepoSlug } from '../workflows/domain/ids.ts';
import type { TargetPolicy, TaskPolicy } from '../workflows/domain/policy.ts';
import type { ProcessTarget, Project } from '../workflows/domain/project.ts';
import { ROLES } from '../workflows/domain/stages.ts';
import { Duration } from './duration.ts';
import { ConfigurationError } from './env-reader.ts';
import { findClashes } from './project-clashes.ts';
import { RoleEntry, toRolePolicy } from './role-policy.ts';
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

const Count = z.number().int().min(0).max(1000);
const Line = z.string().trim().min(1).max(200);
const Command = z.array(z.string().min(1)).min(1);
const Port = z.number().int().min(1).max(65_535);
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

const HostPort = z.string().refine((text) => parseTarget(text) !== null, 'host:port');

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
  sandbox: z.strictObject({ hosts: z.array(HostPort).default([]) }).prefault({}),
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
  const { name, prefix, repo, board, statusAliases, labels, commands, sandbox } = entry;
  return {
    ...{ key, name, prefix, repo, board, statusAliases, labels, commands, targets, sandbox },
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
  const warn = (text: string) => {
    const warning = `${drawn.key}: ${text}`;
    if (!drawn.warnings.includes(warning)) drawn.warnings.push(warning);
  };
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
      ROLES.map((role) => [
        role,
        toRolePolicy({ role, own: policy.roles[role], agents: policy.agents, warn }),
      ]),
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
