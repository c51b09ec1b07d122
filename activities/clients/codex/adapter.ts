import type { AgentAdapter } from '../agent-adapter.ts';
import { buildCodexCommand, buildCodexResume, EFFORTS, MODEL } from './build-command.ts';
import { classifyCodexRun } from './classify.ts';
import { parseCodexLine } from './parse-line.ts';

/** Codex, headless. It tells tokens and no cost, and limits neither its turns nor its money: that is done for it. */
export const codexAdapter: AgentAdapter = {
  name: 'codex',
  capabilities: {
    ...{ cost: false, budget: false, fallback: false },
    ...{ effort: true, resume: true, maxTurns: false },
  },
  accepts: (what, name) => (what === 'model' ? MODEL.test(name) : EFFORTS.has(name)),
  endpoints: ['api.openai.com:443', 'chatgpt.com:443'],
  buildCommand: buildCodexCommand,
  buildResume: buildCodexResume,
  parseLine: parseCodexLine,
  classify: classifyCodexRun,
};
