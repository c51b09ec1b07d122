import type { AgentProgram } from '../../activities/clients/agent-adapter.ts';
import type { Project } from '../../workflows/domain/project.ts';
import type { AgentName } from '../../workflows/domain/runs.ts';
import { ROLES } from '../../workflows/domain/stages.ts';
import type { AgentsConfig } from '../config.ts';
import { checkProgram } from './check-program.ts';
import { problem } from './finding.ts';
import type { Check } from './finding.ts';

/** Oldest versions whose flags and stream the adapters were made for, and how each program is had. */
const PROGRAMS: Readonly<
  Record<AgentName, { minimum: string | null; versionArgs: readonly string[] | null; fix: string }>
> = {
  claude: {
    ...{ minimum: '2.1.223', versionArgs: ['--version'] },
    fix: 'install Claude Code at a fixed version (npm, Node 22 or newer), or set ORCH_AGENT_COMMAND to it',
  },
  codex: {
    ...{ minimum: '0.163', versionArgs: ['--version'] },
    fix: 'install Codex at a fixed version, or set ORCH_CODEX_COMMAND to it',
  },
  command: {
    ...{ minimum: null, versionArgs: null },
    fix: 'set ORCH_GENERIC_COMMAND to the program',
  },
};

/** Every agent a project's roles ask for, as this host would start it. */
export function agentChecks(
  { agent, path }: AgentsConfig,
  projects: readonly Project[],
): readonly Check[] {
  const asked = projects.flatMap(({ policy }) => ROLES.map((role) => policy.roles[role].agent));
  return [...new Set(asked)].sort().map((name) => ({
    name: `agent ${name}`,
    fix: PROGRAMS[name].fix,
    look: async () => [await checkAgent(name, agent.programs[name], path)],
  }));
}

function checkAgent(name: AgentName, program: AgentProgram | undefined, path: string) {
  const check = `agent ${name}`;
  const { fix, minimum, versionArgs } = PROGRAMS[name];
  if (program === undefined) {
    return problem(check, 'a project asks for it and this host has none', fix);
  }
  const { command } = program;
  return checkProgram({ check, command, path, versionArgs, minimum, fix });
}
