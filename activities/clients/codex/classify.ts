import type { RunExit } from '../../runs/runs.ts';
import type { AgentOutcome, AgentOutput } from '../agent-adapter.ts';
import {
  describeExit,
  ended,
  interrupted,
  judgeExit,
  lastTrouble,
  refusedToStart,
} from '../judge-exit.ts';
import { readResetTime } from '../read-reset-time.ts';
import { UNKNOWN_THREAD } from './build-command.ts';

const PERMANENT_STATUS = new Set([400, 401, 402, 403, 404, 413, 422]);
const LIMIT_TEXT = /^You've hit your usage limit|usage_limit_reached/i;
const PERMANENT_TEXT =
  /Quota exceeded|out of credits|spend cap|To use Codex with your ChatGPT plan|ran out of room in the model's context window|refresh token|Not logged in|Missing environment variable|model .{1,60}(?:does not exist|is not supported)|invalid_api_key|Incorrect API key/i;

/**
 * Says how a run of Codex is to be taken: `turn.completed` and `turn.failed` first, then what it said about the failure, the
 * exit code last.
 */
export function classifyCodexRun(exit: RunExit, said: AgentOutput): AgentOutcome {
  const final = said.events.findLast((event) => event.kind === 'final');
  const judged = judgeExit(exit, final);
  if (judged !== null) return judged;
  if (final?.success === true) return ended('finished', 'finished');
  const { text: words, status } = final ?? lastTrouble(said);
  return words === '' ? classifySilence(exit, said) : classifyWords(exit, said, { words, status });
}

function classifyWords(
  exit: RunExit,
  { stderrTail }: AgentOutput,
  { words, status }: { words: string; status: number | null },
): AgentOutcome {
  if (LIMIT_TEXT.test(words)) {
    // The log on standard error tells the second, the message only the minute.
    const logged = /"?resets_at\W{1,4}\d{10}\b/.exec(stderrTail)?.[0] ?? '';
    const resetsAt = readResetTime(`${logged} ${words}`, new Date(exit.endedAt));
    return interrupted('limit', words, resetsAt);
  }
  const permanent = PERMANENT_TEXT.test(words) || (status !== null && PERMANENT_STATUS.has(status));
  return interrupted(permanent ? 'permanent' : 'transient', words);
}

/** Neither a result nor an error on its stream: refused at the start, or dead. */
function classifySilence(exit: RunExit, said: AgentOutput): AgentOutcome {
  const words = said.stderrTail.trim().slice(-300);
  const reason = `ended without a result (${describeExit(exit)}): ${words}`;
  const permanent = refusedToStart(exit, said) && !UNKNOWN_THREAD.test(words);
  return interrupted(permanent ? 'permanent' : 'transient', reason);
}
