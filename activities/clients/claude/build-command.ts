import { createHash } from 'node:crypto';
import { join } from 'node:path';
import type { AgentCommand, AgentFinal, AgentLaunch, AgentOutput } from '../agent-adapter.ts';

/** Tools that act on the tree alone; everything else is refused without asking. */
const TOOLS = 'Bash,Edit,Write,Read,Glob,Grep,NotebookEdit,TodoWrite,Task';

/** A model's name or alias. */
export const MODEL = /^[A-Za-z0-9][\w.:[\]@/-]{0,99}$/;
/** The efforts it knows. */
export const EFFORTS = new Set(['low', 'medium', 'high', 'xhigh', 'max', 'ultracode']);

/** What Claude Code says when it does not know a session. */
export const UNKNOWN_SESSION = /No conversation found with session ID/i;

/** A session nothing can be added to. */
const DEAD_SESSION = new RegExp(
  `${UNKNOWN_SESSION.source}|Prompt is too long|prompt_too_long`,
  'i',
);

/** Claude Code's headless command. Hooks, settings and MCP servers of the repository are off: a branch must not run code of its own choice. */
export function buildClaudeCommand(launch: AgentLaunch): AgentCommand {
  return {
    args: ['--print', ...['--session-id', sessionIdOf(launch.runId)], ...argumentsOf(launch)],
    env: environmentOf(launch),
    stdin: 'prompt',
  };
}

/** A resumed session restores none of these flags: all are given again. */
export function buildClaudeResume(launch: AgentLaunch, earlier: AgentOutput): AgentCommand | null {
  const started = earlier.events.findLast((event) => event.kind === 'started');
  const last = earlier.events.findLast((event) => event.kind === 'final');
  if (started === undefined || DEAD_SESSION.test(wordsOf(last, earlier.stderrTail))) return null;
  const session = started.sessionId ?? sessionIdOf(launch.runId);
  return {
    args: ['--print', ...['--resume', session], ...argumentsOf(launch)],
    env: environmentOf(launch),
    stdin: { text: 'continue' },
  };
}

function argumentsOf({ policy, rolePromptPath }: AgentLaunch): string[] {
  return [
    '--verbose',
    ...['--output-format', 'stream-json'],
    ...['--permission-mode', 'dontAsk', '--allowedTools', TOOLS],
    ...['--setting-sources', 'user', '--settings', '{"disableAllHooks":true}'],
    ...['--strict-mcp-config', '--mcp-config', '{"mcpServers":{}}'],
    ...option('--model', policy.model, MODEL),
    ...option('--fallback-model', policy.fallbackModel, MODEL),
    ...(policy.effort !== null && EFFORTS.has(policy.effort) ? ['--effort', policy.effort] : []),
    ...amount('--max-turns', policy.maxTurns),
    ...amount('--max-budget-usd', policy.maxBudgetUsd),
    ...(rolePromptPath === null ? [] : ['--append-system-prompt-file', rolePromptPath]),
  ];
}

const wordsOf = (last: AgentFinal | undefined, stderrTail: string): string =>
  last?.success === true ? '' : [last?.text, last?.reason, stderrTail].join('\n');

/** Times the CLI tells are UTC; its children see no key of ours. */
const environmentOf = ({ home }: AgentLaunch): Record<string, string> => ({
  TZ: 'UTC',
  CLAUDE_CONFIG_DIR: join(home, '.claude'),
  DISABLE_AUTOUPDATER: '1',
  CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1',
  CLAUDE_CODE_SUBPROCESS_ENV_SCRUB: '1',
  CLAUDE_CODE_DISABLE_BACKGROUND_TASKS: '1',
  CLAUDE_CODE_STARTUP_FAILURE_RESULTS: '1',
});

/** A name of the wrong form is skipped, never passed on. Source: ORCH-074, ORCH-081. */
const option = (flag: string, value: string | null, form: RegExp) =>
  value !== null && form.test(value) ? [flag, value] : [];

const amount = (flag: string, value: number | null) =>
  value === null ? [] : [flag, String(value)];

/** The session id of a run, a UUID made of its id. */
function sessionIdOf(runId: string): string {
  const hex = createHash('sha256').update(`session ${runId}`).digest('hex');
  const parts = [
    hex.slice(0, 8),
    hex.slice(8, 12),
    `4${hex.slice(13, 16)}`,
    `8${hex.slice(17, 20)}`,
  ];
  return [...parts, hex.slice(20, 32)].join('-');
}
