import { readFileSync } from 'node:fs';
import type { Project } from '../../workflows/domain/project.ts';
import {
  loadAgentsConfig,
  loadApiConfig,
  loadCommonConfig,
  loadFlowConfig,
  loadRunnerConfig,
} from '../config.ts';
import type { AgentsConfig, CommonConfig, FlowConfig, RunnerConfig } from '../config.ts';
import { ConfigurationError } from '../env-reader.ts';
import { parseProjects } from '../projects-schema.ts';
import { reasonOf } from '../reason-of.ts';
import { agentChecks } from './agent-checks.ts';
import { boardChecks } from './board-checks.ts';
import { dataChecks } from './data-checks.ts';
import { ok, problem, warning } from './finding.ts';
import type { Check, Finding } from './finding.ts';
import { chatCheck, forgeApiChecks, gitChecks } from './forge-checks.ts';
import { machineChecks } from './machine-checks.ts';
import { baseChecks, runnerCheck } from './service-checks.ts';
import { workersCheck } from './worker-checks.ts';

/** The processes whose settings and surroundings are looked at. */
export const PROCESSES = ['flow', 'agents', 'runner', 'api'] as const;
export type ProcessName = (typeof PROCESSES)[number];

type Env = Readonly<Record<string, string | undefined>>;

/** What is known without asking anybody, and what is to be asked. */
export interface Examination {
  findings: readonly Finding[];
  checks: readonly Check[];
}

/** Reads settings and registry as each process would, and chooses what to look at. Never throws. */
export function chooseChecks(env: Env, processes: readonly ProcessName[]): Examination {
  const settings = readSettings(env, processes);
  const { common, flow, agents, runner } = settings;
  const registry = common === null ? NO_PROJECTS : readRegistry(common);
  const { projects } = registry;
  return {
    findings: withoutRepeats([...settings.findings, ...registry.findings]),
    checks: [
      ...(runner === null ? [] : hostChecks(runner)),
      ...(common === null ? [] : [...baseChecks(common), workersCheck(common)]),
      ...(flow === null ? [] : flowChecks(flow, projects)),
      ...(agents === null ? [] : agentsChecks(agents, projects)),
    ],
  };
}

/** Null = not asked for, or unusable, which the findings say. */
function readSettings(env: Env, processes: readonly ProcessName[]) {
  const findings: Finding[] = [];
  const readFor = <T>(names: readonly ProcessName[], load: (env: Env) => T): T | null => {
    if (!names.some((name) => processes.includes(name))) return null;
    try {
      return load(env);
    } catch (error) {
      findings.push(...settingProblems(error));
      return null;
    }
  };
  const common = readFor(['flow', 'agents', 'api'], loadCommonConfig);
  const flow = readFor(['flow'], loadFlowConfig);
  const agents = readFor(['agents'], loadAgentsConfig);
  const runner = readFor(['agents', 'runner'], loadRunnerConfig);
  const api = readFor(['api'], loadApiConfig);
  const warnings = [common, flow, agents, api].flatMap((config) => config?.warnings ?? []);
  findings.push(...warnings.map((text) => warning('settings', text, SETTINGS_FIX)));
  return { findings, common, flow, agents, runner };
}

/** A host that runs agents. */
const hostChecks = ({ path, dataDir, socket, requireSandbox }: RunnerConfig) => [
  ...machineChecks(path, requireSandbox),
  ...dataChecks(dataDir),
  runnerCheck(socket),
];

const SETTINGS_FIX = 'set it in the environment or .env; .env.example explains each';
const NO_PROJECTS = { projects: [] as readonly Project[], findings: [] as readonly Finding[] };

const settingProblems = (error: unknown): Finding[] =>
  (error instanceof ConfigurationError ? error.problems : [reasonOf(error)]).map((text) =>
    problem('settings', text, SETTINGS_FIX),
  );

function readRegistry({ projectsFile, profile }: CommonConfig): typeof NO_PROJECTS {
  const fix =
    'mend the file; projects.example.yaml explains it, ORCH_PROJECTS_FILE says where it is';
  try {
    const text = readFileSync(projectsFile, 'utf8');
    const { projects, warnings } = parseProjects(text, projectsFile, profile);
    const keys = projects.map(({ key }) => key).join(', ');
    const found =
      projects.length === 0
        ? problem('projects', `${projectsFile} has no project`, fix)
        : ok('projects', `${projectsFile}: ${keys}`);
    return {
      projects,
      findings: [found, ...warnings.map((line) => warning('projects', line, fix))],
    };
  } catch (error) {
    const problems = error instanceof ConfigurationError ? error.problems : [reasonOf(error)];
    return { projects: [], findings: problems.map((line) => problem('projects', line, fix)) };
  }
}

function flowChecks(flow: FlowConfig, projects: readonly Project[]): readonly Check[] {
  const { url, sharedToken, roleTokens } = flow.board;
  const tokens = Object.fromEntries([
    ['ORCH_PLANE_TOKEN', sharedToken],
    ...Object.entries(roleTokens).map(([role, token]) => [
      `ORCH_PLANE_TOKEN_${role.toUpperCase()}`,
      token,
    ]),
  ]) as Record<string, string>;
  return [
    ...boardChecks({ url, tokens }, projects),
    ...forgeApiChecks(flow, projects),
    chatCheck(flow),
  ];
}

function agentsChecks(agents: AgentsConfig, projects: readonly Project[]): readonly Check[] {
  const { url, readToken } = agents.board;
  return [
    ...boardChecks({ url, tokens: { ORCH_PLANE_READ_TOKEN: readToken } }, []),
    ...gitChecks(agents, projects),
    ...agentChecks(agents, projects),
  ];
}

function withoutRepeats(findings: readonly Finding[]): Finding[] {
  const seen = new Set<string>();
  return findings.filter(({ check, text }) => {
    const key = `${check} ${text}`;
    const isNew = !seen.has(key);
    seen.add(key);
    return isNew;
  });
}
