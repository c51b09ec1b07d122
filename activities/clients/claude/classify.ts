import type { RunExit } from '../../runs/runs.ts';
import type { AgentEvent, AgentOutcome, AgentOutput } from '../agent-adapter.ts';

type Final = Extract<AgentEvent, { kind: 'final' }>;

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
const PASSING_STARTUP = new Set([
  'worktree_unverified',
  'org_verify_failed',
  'org_config_required_unavailable',
]);
const LIMIT_TEXT = /^You've (hit|reached) your|spend limit reached/i;
const PERMANENT_TEXT =
  /Credit balance is too low|You're out of usage credits|Prompt is too long|Invalid API key|issue with the selected model|cannot be used with root/i;

/** Says how a run of Claude Code is to be taken: its structured words first, texts only when it failed, the exit code last. */
export function classifyClaudeRun(
  exit: RunExit,
  { events, stderrTail }: AgentOutput,
): AgentOutcome {
  if (exit.timedOut) return { kind: 'ended', end: 'timed-out', reason: 'the time-out was reached' };
  const final = events.findLast((event) => event.kind === 'final');
  if (final === undefined) return classifySilence(exit, events, stderrTail);
  if (final.success) return { kind: 'ended', end: 'finished', reason: 'finished' };
  if (final.subtype === 'error_max_turns') {
    return { kind: 'ended', end: 'max-turns', reason: 'the turn limit was reached' };
  }
  if (final.subtype === 'error_max_budget_usd') {
    return { kind: 'ended', end: 'over-budget', reason: 'the budget was used up' };
  }
  if (final.subtype === 'error_max_structured_output_retries') {
    return { kind: 'ended', end: 'failed', reason: final.text };
  }
  return classifyError(final, events);
}

function classifyError(final: Final, events: readonly AgentEvent[]): AgentOutcome {
  const reason = describe(final);
  const error = events.findLast((event) => event.kind === 'error');
  const limit = events.findLast((event) => event.kind === 'limit');
  if (limit !== undefined || LIMIT_TEXT.test(final.text)) {
    const resetsAt = limit?.resetsAt ?? null;
    return { kind: 'interrupted', why: 'limit', reason, resetsAt };
  }
  const permanent =
    (error !== undefined && PERMANENT_CODES.has(error.code)) ||
    PERMANENT_TEXT.test(final.text) ||
    final.reason === 'prompt_too_long';
  return interrupted(permanent ? 'permanent' : 'transient', reason);
}

/** No result: it died before or while it worked. What it says at once about its own command line does not pass. */
function classifySilence(
  exit: RunExit,
  events: readonly AgentEvent[],
  stderrTail: string,
): AgentOutcome {
  const how = exit.signal === null ? `exit code ${exit.exitCode ?? '?'}` : exit.signal;
  const reason = `the agent ended without a result (${how}): ${stderrTail.trim().slice(-300)}`;
  const started = events.some((event) => event.kind === 'started');
  const startup = [...PASSING_STARTUP].some((word) => stderrTail.includes(word));
  const refused = !started && !startup && exit.signal === null && (exit.exitCode ?? 0) !== 0;
  return interrupted(refused ? 'permanent' : 'transient', reason);
}

const interrupted = (why: 'permanent' | 'transient', reason: string): AgentOutcome => ({
  kind: 'interrupted',
  why,
  reason,
  resetsAt: null,
});

const describe = ({ subtype, reason, text }: Final) =>
  [subtype, reason, text]
    .filter((part) => part !== null && part !== '')
    .join(': ')
    .slice(0, 500);
