import { createHash } from 'node:crypto';
import { join } from 'node:path';
import type { AgentCommand, AgentLaunch } from '../agent-adapter.ts';

/** Tools that act on the tree alone; everything else is refused without asking. */
const TOOLS = 'Bash,Edit,Write,Read,Glob,Grep,NotebookEdit,TodoWrite,Task';

const MODEL = /^[A-Za-z0-9][\w.:[\]@/-]{0,99}$/;
const EFFORTS = new Set(['low', 'medium', 'high', 'xhigh', 'max', 'ultracode']);

/** Claude Code's headless command. Hooks, settings and MCP servers of the repository are off: a branch must not run code of its own choice. */
export function buildClaudeCommand(launch: AgentLaunch): AgentCommand {
  const { policy, rolePromptPath } = launch;
  return {
    args: [
      '--print',
      '--verbose',
      ...['--output-format', 'stream-json'],
      ...['--session-id', sessionIdOf(launch.runId)],
      ...['--permission-mode', 'dontAsk', '--allowedTools', TOOLS],
      ...['--setting-sources', 'user', '--settings', '{"disableAllHooks":true}'],
      ...['--strict-mcp-config', '--mcp-config', '{"mcpServers":{}}'],
      ...option('--model', policy.model, MODEL),
      ...option('--fallback-model', policy.fallbackModel, MODEL),
      ...(policy.effort !== null && EFFORTS.has(policy.effort) ? ['--effort', policy.effort] : []),
      ...(policy.maxBudgetUsd === null ? [] : ['--max-budget-usd', String(policy.maxBudgetUsd)]),
      ...(rolePromptPath === null ? [] : ['--append-system-prompt-file', rolePromptPath]),
    ],
    env: {
      CLAUDE_CONFIG_DIR: join(launch.home, '.claude'),
      DISABLE_AUTOUPDATER: '1',
      CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1',
      CLAUDE_CODE_SUBPROCESS_ENV_SCRUB: '1',
      CLAUDE_CODE_DISABLE_BACKGROUND_TASKS: '1',
      CLAUDE_CODE_STARTUP_FAILURE_RESULTS: '1',
    },
    stdin: 'prompt',
  };
}

/** A name of the wrong form is skipped, never passed on. Source: ORCH-074, ORCH-081. */
const option = (flag: string, value: string | null, form: RegExp) =>
  value !== null && form.test(value) ? [flag, value] : [];

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
