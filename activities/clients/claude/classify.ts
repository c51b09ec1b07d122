import type { RunExit } from '../../runs/runs.ts';
import type { AgentFinal, AgentOutcome, AgentOutput } from '../agent-adapter.ts';
import {
  describeExit,
  ended,
  interrupted,
  judgeExit,
  lastTrouble,
  refusedToStart,
} from '../judge-exit.ts';
import { readResetTime } from '../read-reset-time.ts';
import { UNKNOWN_SESSION } from './build-command.ts';
import { FAILED_START, REFUSAL } from './parse-line.ts';

const PERMANENT_CODES = new Set([
  'authentication_failed',
  'oauth_org_not_allowed',
  'billing_error',
  'account_on_hold',
  'verification_required',
  'invalid_request',
  'model_not_found',
  'cloud_credential_error',
]);
const PERMANENT_STATUS = new Set([400, 401, 402, 403, 404, 413, 422]);
/** Reasons a start fails for that pass; every other one needs a person. */
const PASSING_STARTUP = new Set([
  'worktree_unverified',
  'org_verify_failed',
  'org_config_required_unavailable',
]);
const LIMIT_TEXT =
  /^(?:API Error: )?(?:You've (?:hit|reached) your|Claude AI usage limit reached)|\b(?:spend|session|weekly|hour) limit reached/im;
const PERMANENT_TEXT =
  /Credit balance is too low|You're out of usage credits|Prompt is too long|Invalid API key|issue with the selected model|cannot be used with root/i;
const INCOMPLETE_TEXT = /The response above may be incomplete\.\s*$/;
const PASSING_TEXT =
  /Repeated 529|API Error: (?:408|429|5\d\d)\b|Request timed out|Server is temporarily limiting|Request rejected \(429\)|Unable to connect to API|worktree_unverified|org_verify_failed|org_config_required_unavailable/i;

const OWN_ENDS: Readonly<Record<string, AgentOutcome>> = {
  error_max_turns: ended('max-turns', 'the turn limit was reached'),
  error_max_budget_usd: ended('over-budget', 'the budget was used up'),
  error_max_structured_output_retries: ended('failed', 'no answer of the wanted form'),
};

/** Says how a run of Claude Code is to be taken: its structured words first, texts only when it failed, the exit code last. */
export function classifyClaudeRun(exit: RunExit, said: AgentOutput): AgentOutcome {
  const final = said.events.findLast((event) => event.kind === 'final');
  const judged = judgeExit(exit, final);
  if (judged !== null) return judged;
  if (final === undefined) return classifySilence(exit, said);
  if (final.reason === REFUSAL) return ended('failed', 'the model refused');
  if (final.success) return ended('finished', 'finished');
  return OWN_ENDS[final.subtype] ?? classifyFailure(exit, said, final);
}

/** It told a result, and the result is an error. */
function classifyFailure(exit: RunExit, said: AgentOutput, final: AgentFinal): AgentOutcome {
  const words = [final.text, lastTrouble(said).text].filter((text) => text !== '').join('\n');
  const reason = [final.subtype, final.reason, final.status, words]
    .filter((part) => part !== null && part !== '')
    .join(': ');
  const classified = classifyWords(exit, said, { words, reason });
  if (classified !== null) return classified;
  const permanent =
    final.reason === 'prompt_too_long' ||
    (final.status !== null && PERMANENT_STATUS.has(final.status)) ||
    isRefusedStart(final);
  return interrupted(permanent ? 'permanent' : 'transient', reason);
}

const isRefusedStart = ({ reason }: AgentFinal): boolean =>
  reason?.startsWith(FAILED_START) === true &&
  !PASSING_STARTUP.has(reason.slice(FAILED_START.length));

/** No result: it died before or while it worked. What it says at once about its own command line does not pass. */
function classifySilence(exit: RunExit, said: AgentOutput): AgentOutcome {
  const { stderrTail } = said;
  const words = lastTrouble(said).text;
  const told = [words, stderrTail.trim().slice(-300)].join(' ').trim();
  const reason = `ended without a result (${describeExit(exit)}): ${told}`;
  const classified = classifyWords(exit, said, { words, reason });
  if (classified !== null) return classified;
  const passes = PASSING_TEXT.test(stderrTail) || UNKNOWN_SESSION.test(stderrTail);
  const permanent = !passes && refusedToStart(exit, said);
  return interrupted(permanent ? 'permanent' : 'transient', reason);
}

/** What it said about its failure; null = nothing that says its class. */
function classifyWords(
  exit: RunExit,
  said: AgentOutput,
  { words, reason }: { words: string; reason: string },
): AgentOutcome | null {
  const { code } = lastTrouble(said);
  if (PERMANENT_CODES.has(code)) return interrupted('permanent', reason);
  const limit = said.events.findLast((event) => event.kind === 'limit');
  if (limit !== undefined || LIMIT_TEXT.test(words)) {
    const told = limit?.resetsAt ?? readResetTime(words, new Date(exit.endedAt));
    return interrupted('limit', reason, told);
  }
  if (INCOMPLETE_TEXT.test(words) || code === 'max_output_tokens') {
    return interrupted('incomplete', reason);
  }
  return PERMANENT_TEXT.test(words) ? interrupted('permanent', reason) : null;
}
