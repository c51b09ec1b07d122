import { existsSync } from 'node:fs';
import { Command, Option } from 'commander';

/** What `--version` and `system/init` report. */
export const AGENT_VERSION = '2.1.329 (scripted)';

/** The flags that change what the agent does; all others are accepted and have no effect. */
export interface AgentFlags {
  print: boolean;
  outputFormat: 'text' | 'json' | 'stream-json';
  inputFormat: 'text' | 'stream-json';
  verbose: boolean;
  model: string;
  permissionMode: string;
  sessionId?: string;
  resume?: string;
  forkSession: boolean;
  sessionPersistence: boolean;
  maxTurns?: string;
  maxBudgetUsd?: string;
  jsonSchema?: string;
  appendSystemPromptFile?: string;
  systemPromptFile?: string;
  dangerouslySkipPermissions: boolean;
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

const choice = (flags: string, choices: string[]) => new Option(flags).choices(choices);

/** Claude Code's command line in its headless part; an unknown flag ends the program with exit code 1. */
function createCommand(): Command {
  return new Command('claude')
    .version(AGENT_VERSION, '-v, --version')
    .argument('[prompt]')
    .option('-p, --print', '', false)
    .addOption(choice('--output-format <format>', ['text', 'json', 'stream-json']).default('text'))
    .addOption(choice('--input-format <format>', ['text', 'stream-json']).default('text'))
    .option('--verbose', '', false)
    .option('--include-partial-messages')
    .option('--forward-subagent-text')
    .option('--json-schema <schema>')
    .option('--model <model>', '', 'opus')
    .addOption(choice('--effort <level>', ['low', 'medium', 'high', 'xhigh', 'max', 'ultracode']))
    .option('--fallback-model <models>')
    .option('--max-turns <count>')
    .option('--max-budget-usd <amount>')
    .option('--session-id <uuid>')
    .option('-r, --resume <session>')
    .option('--fork-session', '', false)
    .option('--no-session-persistence')
    .option('--append-system-prompt <text>')
    .option('--append-system-prompt-file <file>')
    .option('--system-prompt <text>')
    .option('--system-prompt-file <file>')
    .addOption(
      choice('--permission-mode <mode>', [
        'default',
        'acceptEdits',
        'plan',
        'auto',
        'dontAsk',
        'bypassPermissions',
      ]).default('default'),
    )
    .option('--dangerously-skip-permissions', '', false)
    .option('--allowedTools, --allowed-tools <tools...>')
    .option('--disallowedTools, --disallowed-tools <tools...>')
    .option('--tools <tools...>')
    .option('--agents <json>')
    .option('--agent <name>')
    .option('--mcp-config <configs...>')
    .option('--strict-mcp-config')
    .option('--settings <file-or-json>')
    .option('--setting-sources <sources>')
    .option('--add-dir <directories...>')
    .option('--plugin-dir <directory>')
    .option('--project-config-root <directory>')
    .option('--bare');
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

function findSessionProblem(flags: AgentFlags): string | null {
  const { sessionId, resume } = flags;
  if (sessionId !== undefined && !UUID.test(sessionId)) {
    return 'Invalid session ID. Must be a valid UUID.';
  }
  if (sessionId !== undefined && resume !== undefined && !flags.forkSession) {
    return '--session-id can only be used with --resume if --fork-session is also specified.';
  }
  if (resume !== undefined && !UUID.test(resume)) {
    return `--resume requires a valid session ID, got ${resume}`;
  }
  return null;
}

function findValueProblem(flags: AgentFlags): string | null {
  if (flags.maxTurns !== undefined && !/^[1-9]\d*$/.test(flags.maxTurns)) {
    return '--max-turns must be a positive integer';
  }
  if (flags.maxBudgetUsd !== undefined && !(Number(flags.maxBudgetUsd) > 0)) {
    return '--max-budget-usd must be a positive number';
  }
  if (flags.jsonSchema !== undefined && !isJson(flags.jsonSchema)) {
    return '--json-schema is not valid JSON';
  }
  for (const file of [flags.appendSystemPromptFile, flags.systemPromptFile]) {
    if (file !== undefined && !existsSync(file)) return `System prompt file not found: ${file}`;
  }
  return null;
}

function findFlagProblem(flags: AgentFlags): string | null {
  if (!flags.print) return 'the scripted agent is headless only: pass --print';
  if (flags.inputFormat !== 'text') return 'the scripted agent reads --input-format text only';
  if (flags.outputFormat === 'stream-json' && !flags.verbose) {
    return 'When using --print, --output-format=stream-json requires --verbose';
  }
  return findSessionProblem(flags) ?? findValueProblem(flags);
}

/**
 * Parses `argv` (as in `process.argv`). Unknown flags and bad choices end the program with exit
 * code 1 and one line on stderr; a combination Claude Code refuses is answered as `problem`.
 */
export function parseFlags(argv: string[]): {
  flags: AgentFlags;
  prompt: string | null;
  problem: string | null;
} {
  const command = createCommand().parse(argv);
  const flags = command.opts<AgentFlags>();
  return { flags, prompt: command.args[0] ?? null, problem: findFlagProblem(flags) };
}
