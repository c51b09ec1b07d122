import type { AgentAdapter } from '../agent-adapter.ts';
import { buildClaudeCommand, buildClaudeResume, EFFORTS, MODEL } from './build-command.ts';
import { classifyClaudeRun } from './classify.ts';
import { parseClaudeLine } from './parse-line.ts';

/** Claude Code, headless. */
export const claudeAdapter: AgentAdapter = {
  name: 'claude',
  capabilities: {
    ...{ cost: true, budget: true, fallback: true },
    ...{ effort: true, resume: true, maxTurns: true },
  },
  accepts: (what, name) => (what === 'model' ? MODEL.test(name) : EFFORTS.has(name)),
  endpoints: ['api.anthropic.com:443'],
  buildCommand: buildClaudeCommand,
  buildResume: buildClaudeResume,
  parseLine: parseClaudeLine,
  classify: classifyClaudeRun,
};
