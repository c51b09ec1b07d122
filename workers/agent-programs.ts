import { z } from 'zod';
import type { AgentProgram } from '../activities/clients/agent-adapter.ts';
import { AGENT_ADAPTERS } from '../activities/clients/agent-adapters.ts';
import type { AgentName } from '../workflows/domain/runs.ts';
import type { ConfigKey } from './config-keys.ts';
import type { EnvReader } from './env-reader.ts';

type Env = Readonly<Record<string, string | undefined>>;
type Reader = EnvReader<ConfigKey>;

/** Settings that say how an agent is started: its program, and the names of what it may see of our environment. */
const SETTINGS = {
  claude: { command: 'ORCH_AGENT_COMMAND', env: 'ORCH_AGENT_ENV' },
  codex: { command: 'ORCH_CODEX_COMMAND', env: 'ORCH_CODEX_ENV' },
  command: { command: 'ORCH_GENERIC_COMMAND', env: 'ORCH_GENERIC_ENV' },
} as const satisfies Record<AgentName, { command: ConfigKey; env: ConfigKey }>;

/** The agents this host can start. Claude Code is `claude` unless said otherwise; the others are there when set. */
export function readAgentPrograms(
  reader: Reader,
  env: Env,
): Readonly<Partial<Record<AgentName, AgentProgram>>> {
  const programs: Partial<Record<AgentName, AgentProgram>> = {};
  for (const adapter of Object.values(AGENT_ADAPTERS)) {
    const { command: key, env: names } = SETTINGS[adapter.name];
    const fallback = adapter.name === 'claude' ? ['claude'] : null;
    const command = reader.checked<readonly string[] | null>(key, commandLine, fallback);
    const passed = readPassedEnv(reader, names, env);
    if (command !== null) programs[adapter.name] = { adapter, command, env: passed };
  }
  return programs;
}

/** Source: I11. */
function readPassedEnv(reader: Reader, setting: ConfigKey, env: Env): Record<string, string> {
  const passed: Record<string, string> = {};
  for (const name of reader.list(setting)) {
    const value = env[name];
    if (name.startsWith('ORCH_')) {
      reader.problems.push(`${setting} names ${name}: an agent gets none of our settings`);
    } else if (value !== undefined) passed[name] = value;
  }
  return passed;
}

/** Words separated by blanks, or a JSON list when a word contains blanks. */
const commandLine = z.string().transform((text, context): readonly string[] => {
  if (!text.startsWith('[')) return text.split(/\s+/);
  try {
    const words = z.array(z.string().min(1)).min(1).safeParse(JSON.parse(text));
    if (words.success) return words.data;
  } catch {
    // said below
  }
  context.addIssue({ code: 'custom', message: 'not words and not a JSON list of words' });
  return z.NEVER;
});
