import type { AgentAdapter } from '../agent-adapter.ts';
import { buildClaudeCommand } from './build-command.ts';
import { classifyClaudeRun } from './classify.ts';
import { parseClaudeLine } from './parse-line.ts';

/** Claude Code, headless. */
export const claudeAdapter: AgentAdapter = {
  name: 'claude',
  totals: 'of-session',
  capabilities: {
    ...{ cost: true, budget: true, fallback: true },
    ...{ effort: true, resume: true, maxTurns: true },
  },
  endpoints: ['api.anthropic.com:443'],
  buildCommand: buildClaudeCommand,
  buildResume: () => null,
  parseLine: parseClaudeLine,
  classify: classifyClaudeRun,
};
