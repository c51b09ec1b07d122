import type { RunExit } from '../../runs/runs.ts';
import type { AgentAdapter, AgentOutcome, AgentOutput } from '../agent-adapter.ts';
import { describeExit, ended, interrupted, judgeExit } from '../judge-exit.ts';

/** A shell says 126 and 127 of a program it cannot start. */
const NO_PROGRAM = new Set([126, 127]);

/** Any program: reads the prompt, prints plain text, and its exit code is the outcome. What it cost is unknown. */
export const commandAdapter: AgentAdapter = {
  name: 'command',
  capabilities: {
    ...{ cost: false, budget: false, fallback: false },
    ...{ effort: false, resume: false, maxTurns: false },
  },
  accepts: () => false,
  endpoints: [],
  buildCommand: () => ({ args: [], env: {}, stdin: 'role and prompt' }),
  buildResume: () => null,
  parseLine: (line) => [{ kind: 'spoke', text: line }],
  classify: classifyCommandRun,
};

function classifyCommandRun(exit: RunExit, { stderrTail }: AgentOutput): AgentOutcome {
  const judged = judgeExit(exit, undefined);
  if (judged !== null) return judged;
  if (exit.exitCode === 0) return ended('finished', 'finished');
  const reason = `ended with ${describeExit(exit)}: ${stderrTail.trim().slice(-300)}`;
  if (exit.signal !== null || (exit.exitCode ?? 0) > 128) return interrupted('transient', reason);
  return NO_PROGRAM.has(exit.exitCode ?? 0)
    ? interrupted('permanent', reason)
    : ended('failed', reason);
}
