import type { AgentAdapter } from '../agent-adapter.ts';
import { buildClaudeCommand } from './build-command.ts';
import { classifyClaudeRun } from './classify.ts';
import { parseClaudeLine } from './parse-line.ts';

/** Claude Code, headless. */
export const claudeAdapter: AgentAdapter = {
  name: 'claude',
  capabilities: { cost: true, budget: true, fallback: true, effort: true },
  buildCommand: buildClaudeCommand,
  parseLine: parseClaudeLine,
  classify: classifyClaudeRun,
};
