import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { z } from 'zod';
import type { AgentProgram } from '../activities/clients/agent-adapter.ts';
import type { Isolation } from '../activities/runs/sandbox/isolation.ts';
import type { BotRole } from '../workflows/domain/effects.ts';
import type { PublicAddresses } from '../workflows/domain/links.ts';
import type { AgentName } from '../workflows/domain/runs.ts';
import { ROLES } from '../workflows/domain/stages.ts';
import { readAgentPrograms } from './agent-programs.ts';
import type { ConfigKey } from './config-keys.ts';
import { hintAtSandbox } from './dev/env-file.ts';
import { ConfigurationError, EnvReader, wholeNumber } from './env-reader.ts';
import { readIsolation, readSandboxPolicy } from './isolation.ts';
import { TIMINGS } from './timings.ts';
import type { Profile, Timings } from './timings.ts';
import { reasonOf } from './reason-of.ts';

const SUBJECT = 'The configuration (environment and .env; see .env.example)';

type Env = Readonly<Record<string, string | undefined>>;
type Reader = EnvReader<ConfigKey>;

/** What every process needs. Addresses carry no trailing slash; paths are absolute. */
export interface CommonConfig {
  profile: Profile;
  timings: Timings;
  dataDir: string;
  projectsFile: string;
  logLevel: LogLevel;
  temporal: { address: string; namespace: string };
  ledgerUrl: string;
  addresses: PublicAddresses;
  /** settings that were invalid and replaced by their default */
  warnings: readonly string[];
}

/** What the api needs beside the common part. */
export interface ApiConfig extends CommonConfig {
  listen: { host: string; port: number };
  webhookSecrets: { plane: string; gitea: string };
  bots: { boardUserIds: readonly string[]; forgeLogins: readonly string[] };
}

/** What every worker needs: where its Prometheus metrics listen (null = off) and how long work may finish on SIGTERM. */
export interface WorkerConfig extends CommonConfig {
  metricsAddress: string | null;
  shutdownGraceMs: number;
}

/** What worker flow needs: it holds the tokens that write to board, forge and chat. */
export interface FlowConfig extends WorkerConfig {
  /** agent runs at once by provider; a provider that is not named has no limit */
  providerSlots: Readonly<Record<string, number>>;
  board: {
    url: string;
    sharedToken: string;
    roleTokens: Readonly<Partial<Record<BotRole, string>>>;
  };
  forge: { url: string; token: string };
  /** null = no chat */
  chat: { url: string; token: string; chatId: string } | null;
}

/** What the runner needs: nothing of the outside world. Paths are absolute. */
export interface RunnerConfig {
  dataDir: string;
  /** unix socket it listens on */
  socket: string;
  /** where it finds flock, setpriv and bwrap */
  path: string;
  /** without bubblewrap it does not start; else it runs everything unprotected */
  requireSandbox: boolean;
  logLevel: LogLevel;
}

/** What worker agents needs: git push, a board token that only reads, and how to start an agent. */
export interface AgentsConfig extends WorkerConfig {
  board: { url: string; readToken: string; botIds: readonly string[] };
  /** unix socket of the runner */
  runnerSocket: string;
  /** where programs are found: git, the agent, the projects' tools */
  path: string;
  git: { url: string; user: string; token: string };
  agent: { programs: Readonly<Partial<Record<AgentName, AgentProgram>>>; slots: number };
  /** what runs may see and reach beside their own */
  isolation: Isolation;
  /** deploy targets this host owns; null = every target of the registry */
  deployTargets: readonly string[] | null;
}

const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;
/** Least severe level that is logged. */
export type LogLevel = (typeof LOG_LEVELS)[number];

/** Loads settings from a file; what is already set wins. Null = `.env` of the working directory, when there is one. */
export function loadEnvFile(path: string | null): void {
  if (path === null && !existsSync('.env')) return;
  try {
    process.loadEnvFile(path ?? '.env');
  } catch (error) {
    const reason = reasonOf(error);
    throw new ConfigurationError(`The settings file ${path ?? '.env'}`, [reason]);
  }
}

/** Only where the ledger is. Throws ConfigurationError. */
export function loadLedgerUrl(env: Env): string {
  const reader: Reader = new EnvReader(env);
  const url = readLedgerUrl(reader);
  reader.finish(SUBJECT);
  return url;
}

/** The part every process and the CLI need. Throws ConfigurationError naming every problem. */
export function loadCommonConfig(env: Env): CommonConfig {
  return load(env, (reader) => readCommon(reader));
}

/** Throws ConfigurationError naming every problem. */
export function loadApiConfig(env: Env): ApiConfig {
  return load(env, (reader) => ({
    ...readCommon(reader),
    listen: {
      host: listenHost(reader),
      port: reader.tunable('ORCH_API_PORT', wholeNumber(0, 65_535), 8500),
    },
    webhookSecrets: {
      plane: reader.required(
        'ORCH_PLANE_WEBHOOK_SECRET',
        'the secret Plane showed for our webhook',
      ),
      gitea: reader.required('ORCH_GITEA_WEBHOOK_SECRET', 'the secret given to the forge webhook'),
    },
    bots: {
      boardUserIds: reader.list('ORCH_PLANE_BOT_IDS'),
      forgeLogins: [reader.optional('ORCH_GITEA_USER') ?? 'orchestrator'],
    },
  }));
}

/** Throws ConfigurationError naming every problem. */
export function loadFlowConfig(env: Env): FlowConfig {
  return load(env, (reader) => ({
    ...readWorker(reader),
    providerSlots: reader.checked('ORCH_PROVIDER_SLOTS', providerSlots, {}),
    board: {
      url: planeUrl(reader),
      sharedToken: reader.required('ORCH_PLANE_TOKEN', 'the key of the bot Stream'),
      roleTokens: readRoleTokens(reader),
    },
    forge: {
      url: giteaUrl(reader),
      token: reader.required(
        'ORCH_GITEA_TOKEN',
        'a token of our forge user: pull requests, statuses',
      ),
    },
    chat: readChat(reader),
  }));
}

/** Throws ConfigurationError naming every problem. */
export function loadRunnerConfig(env: Env): RunnerConfig {
  const reader: Reader = new EnvReader(env);
  const config = {
    dataDir: readDataDir(reader),
    socket: readRunnerSocket(reader),
    path: readPath(env),
    requireSandbox: readSandboxPolicy(reader, readProfile(reader)),
    logLevel: readLogLevel(reader),
  };
  reader.finish(SUBJECT);
  return config;
}

/** Throws ConfigurationError naming every problem. */
export function loadAgentsConfig(env: Env): AgentsConfig {
  return load(env, (reader) => {
    const [path, dataDir] = [readPath(env), readDataDir(reader)];
    const programs = readAgentPrograms(reader, env);
    return {
      ...readWorker(reader),
      board: {
        url: planeUrl(reader),
        readToken: reader.required('ORCH_PLANE_READ_TOKEN', 'a board token that only reads'),
        botIds: reader.list('ORCH_PLANE_BOT_IDS'),
      },
      runnerSocket: readRunnerSocket(reader),
      path,
      git: {
        url: giteaUrl(reader),
        user: reader.optional('ORCH_GITEA_USER') ?? 'orchestrator',
        token: reader.required('ORCH_GITEA_GIT_TOKEN', 'a token of our forge user that may push'),
      },
      agent: { programs, slots: reader.tunable('ORCH_AGENT_SLOTS', wholeNumber(1, 64), 4) },
      isolation: readIsolation(reader, { dataDir, path, programs: Object.values(programs) }),
      deployTargets:
        reader.optional('ORCH_DEPLOY_TARGETS') === null ? null : reader.list('ORCH_DEPLOY_TARGETS'),
    };
  });
}

function load<T extends CommonConfig>(env: Env, read: (reader: Reader) => T): T {
  const reader: Reader = new EnvReader(env);
  const config = read(reader);
  if (config.profile === 'test' || env['VITEST'] !== undefined) refuseRealSystems(reader);
  reader.finish(SUBJECT, () => hintAtSandbox('.'));
  return { ...config, warnings: reader.warnings };
}

function readCommon(reader: Reader): CommonConfig {
  const profile = readProfile(reader);
  return {
    profile,
    timings: TIMINGS[profile],
    dataDir: readDataDir(reader),
    projectsFile: resolve(reader.optional('ORCH_PROJECTS_FILE') ?? 'projects.yaml'),
    logLevel: readLogLevel(reader),
    temporal: {
      address: reader.required('ORCH_TEMPORAL_ADDRESS', 'host:port of the Temporal server'),
      namespace: namespaceOf(reader),
    },
    ledgerUrl: readLedgerUrl(reader),
    addresses: readAddresses(reader),
    warnings: [],
  };
}

function readAddresses(reader: Reader): PublicAddresses {
  const chatId = reader.optional('ORCH_TELEGRAM_CHAT_ID');
  const template = reader.optional('ORCH_TELEGRAM_CARD_URL');
  return {
    self: reader.optionalUrl('ORCH_PUBLIC_URL', 'http://127.0.0.1:8500'),
    temporalUi: reader.optionalUrl('ORCH_TEMPORAL_UI_URL', 'http://127.0.0.1:8233'),
    namespace: namespaceOf(reader),
    board: reader.optionalUrl('ORCH_PLANE_PUBLIC_URL', null) ?? planeUrl(reader),
    forge: reader.optionalUrl('ORCH_GITEA_PUBLIC_URL', null) ?? giteaUrl(reader),
    chat: chatId === null ? null : { chatId, template },
  };
}

function readWorker(reader: Reader): WorkerConfig {
  const port = reader.tunable('ORCH_METRICS_PORT', wholeNumber(0, 65_535), 0);
  return {
    ...readCommon(reader),
    metricsAddress: port === 0 ? null : `${listenHost(reader)}:${port}`,
    shutdownGraceMs: 1000 * reader.tunable('ORCH_SHUTDOWN_GRACE_SECONDS', wholeNumber(0, 7200), 10),
  };
}

const readProfile = (reader: Reader): Profile =>
  reader.checked<Profile>('ORCH_PROFILE', z.enum(['production', 'test']), 'production');
const readDataDir = (reader: Reader): string =>
  resolve(reader.optional('ORCH_DATA_DIR') ?? '.data');
const readRunnerSocket = (reader: Reader): string =>
  resolve(reader.optional('ORCH_RUNNER_SOCKET') ?? join(readDataDir(reader), 'runner.sock'));
const readPath = (env: Env): string => env['PATH'] ?? '/usr/local/bin:/usr/bin:/bin';
const readLogLevel = (reader: Reader): LogLevel =>
  reader.tunable<LogLevel>('ORCH_LOG_LEVEL', z.enum(LOG_LEVELS), 'info');
const readLedgerUrl = (reader: Reader): string =>
  reader.required('ORCH_LEDGER_URL', 'postgres://... of the ledger');
const namespaceOf = (reader: Reader): string =>
  reader.optional('ORCH_TEMPORAL_NAMESPACE') ?? 'default';
const listenHost = (reader: Reader): string => reader.optional('ORCH_LISTEN_HOST') ?? '127.0.0.1';
const planeUrl = (reader: Reader): string =>
  reader.requiredUrl('ORCH_PLANE_URL', 'the address of Plane, without /api/v1');
const giteaUrl = (reader: Reader): string =>
  reader.requiredUrl('ORCH_GITEA_URL', 'the address of Gitea, without /api/v1');

function readRoleTokens(reader: Reader): Partial<Record<BotRole, string>> {
  const tokens: Partial<Record<BotRole, string>> = {};
  for (const role of ROLES) {
    const key = `ORCH_PLANE_TOKEN_${role.toUpperCase() as Uppercase<typeof role>}` as const;
    const own = reader.optional(key);
    if (own !== null) tokens[role] = own;
  }
  return tokens;
}

function readChat(reader: Reader): FlowConfig['chat'] {
  const token = reader.optional('ORCH_TELEGRAM_TOKEN');
  const chatId = reader.optional('ORCH_TELEGRAM_CHAT_ID');
  const url = reader.optionalUrl('ORCH_TELEGRAM_URL', 'https://api.telegram.org');
  if (token === null && chatId === null) return null;
  if (token === null || chatId === null) {
    reader.problems.push('ORCH_TELEGRAM_TOKEN and ORCH_TELEGRAM_CHAT_ID must be set together');
    return null;
  }
  return { url, token, chatId };
}

/** `anthropic=4,openai=2`. */
const providerSlots = z.string().transform((text, context): Readonly<Record<string, number>> => {
  const slots: Record<string, number> = {};
  for (const entry of text.split(',').map((part) => part.trim())) {
    const [, provider, count] = /^([a-z][a-z0-9-]*) ?= ?([1-9]\d{0,2})$/.exec(entry) ?? [];
    if (provider === undefined || count === undefined) {
      context.addIssue({ code: 'custom', message: `"${entry}" is not like anthropic=4` });
      return z.NEVER;
    }
    slots[provider] = Number(count);
  }
  return slots;
});

const LOOPBACK = new Set(['127.0.0.1', 'localhost', '[::1]']);
const REAL_SYSTEMS = ['ORCH_PLANE_URL', 'ORCH_GITEA_URL', 'ORCH_TELEGRAM_URL'] as const;

/** Source: I17, ORCH-114, ORCH-117. */
function refuseRealSystems(reader: Reader): void {
  const chatOn = reader.optional('ORCH_TELEGRAM_TOKEN') !== null;
  for (const name of REAL_SYSTEMS) {
    const fallback =
      name === 'ORCH_TELEGRAM_URL' && chatOn ? 'https://api.telegram.org' : 'http://127.0.0.1';
    const value = reader.optional(name) ?? fallback;
    if (URL.canParse(value) && !LOOPBACK.has(new URL(value).hostname)) {
      reader.problems.push(`${name} is ${value}: a test profile may only reach this machine`);
    }
  }
}
