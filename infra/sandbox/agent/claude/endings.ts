import type { Ending } from '../ending.ts';

/** How Claude Code tells an ending: `error` is the word of its synthetic answer, `result` the fields of the last event. */
export interface Telling {
  error?: string | undefined;
  status?: number | undefined;
  text: string;
  result: Record<string, unknown>;
}

interface ApiError {
  error: string;
  status: number | null;
  text: string;
}

/** An API error is told as subtype success with is_error set. */
const failedRequest = ({ error, status, text }: ApiError): Telling => ({
  error,
  ...(status !== null && { status }),
  text,
  result: {
    subtype: 'success',
    is_error: true,
    api_error_status: status,
    stop_reason: 'stop_sequence',
    terminal_reason: 'api_error',
    result: text,
  },
});

const aborted = (subtype: string, reason: string, text: string): Telling => ({
  text,
  result: {
    subtype,
    is_error: true,
    stop_reason: null,
    terminal_reason: reason,
    errors: [text],
  },
});

const clockTime = (ms: number) =>
  new Date(ms)
    .toLocaleTimeString('en-US', { hour: 'numeric', minute: '2-digit' })
    .replace(/\s/u, '')
    .toLowerCase();

const API_ERRORS = {
  'rate-limited': {
    error: 'rate_limit',
    status: 429,
    text: 'API Error: Request rejected (429) · This request would exceed your rate limit.',
  },
  overloaded: {
    error: 'overloaded',
    status: 529,
    text: 'API Error: Repeated 529 Overloaded errors',
  },
  incomplete: {
    error: 'unknown',
    status: null,
    text: 'API Error: Connection closed mid-response. The response above may be incomplete.',
  },
  'permanent-failure': {
    error: 'authentication_failed',
    status: 401,
    text: 'Invalid API key · Please run /login',
  },
} satisfies Partial<Record<Ending['kind'], ApiError>>;

const finished = (text: string): Telling => ({
  text,
  result: {
    subtype: 'success',
    is_error: false,
    stop_reason: 'end_turn',
    terminal_reason: 'completed',
    result: text,
  },
});

/** The words of an ending; `maxTurns` and `maxBudgetUsd` are what the command line allowed. */
export function tellEnding(
  ending: Ending,
  { maxTurns, maxBudgetUsd }: { maxTurns: number; maxBudgetUsd: number },
): Telling {
  switch (ending.kind) {
    case 'finished':
      return finished(ending.text);
    case 'interrupted':
      return aborted('error_during_execution', 'aborted_streaming', 'Request interrupted by user');
    case 'max-turns':
      return aborted(
        'error_max_turns',
        'max_turns',
        `Reached maximum number of turns (${maxTurns})`,
      );
    case 'over-budget':
      return aborted(
        'error_max_budget_usd',
        'budget_exhausted',
        `Reached maximum budget ($${maxBudgetUsd})`,
      );
    case 'usage-limited':
      return failedRequest({
        error: 'rate_limit',
        status: 429,
        text: `You've hit your session limit · resets ${clockTime(ending.resetsAtMs)}`,
      });
    case 'rate-limited':
    case 'overloaded':
    case 'incomplete':
    case 'permanent-failure':
      return failedRequest(API_ERRORS[ending.kind]);
  }
}
