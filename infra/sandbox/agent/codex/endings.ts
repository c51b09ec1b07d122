import type { Ending } from '../ending.ts';

type Failure = Exclude<Ending['kind'], 'finished' | 'interrupted' | 'max-turns' | 'over-budget'>;

const FAILURES: Record<Exclude<Failure, 'usage-limited'>, string> = {
  'rate-limited': 'exceeded retry limit, last status: 429 Too Many Requests',
  overloaded: 'Selected model is at capacity. Please try a different model.',
  incomplete: 'stream disconnected before completion: stream closed before response.completed',
  'permanent-failure':
    'unexpected status 401 Unauthorized: Invalid API key, url: https://api.openai.com/v1/responses',
};

/** The minute of the day and, unless that is today, the day: all that Codex says of a reset on stdout. */
function tellTime(ms: number): string {
  const at = new Date(ms);
  const time = at.toLocaleTimeString('en-US', { hour: 'numeric', minute: '2-digit' });
  if (at.toDateString() === new Date().toDateString()) return time.replace(/\s/u, ' ');
  const month = at.toLocaleDateString('en-US', { month: 'short' });
  const day = at.getDate();
  const suffix = { 1: 'st', 2: 'nd', 3: 'rd', 21: 'st', 22: 'nd', 23: 'rd', 31: 'st' }[day] ?? 'th';
  return `${month} ${day}${suffix}, ${at.getFullYear()} ${time.replace(/\s/u, ' ')}`;
}

/** The message of a turn that failed, null for one that Codex would not call failed. */
export function tellFailure(ending: Ending): string | null {
  switch (ending.kind) {
    case 'finished':
    case 'interrupted':
    case 'max-turns':
    case 'over-budget':
      return null;
    case 'usage-limited':
      return `You've hit your usage limit. Upgrade to Pro (https://chatgpt.com/explore/pro), visit https://chatgpt.com/codex/settings/usage to purchase more credits or try again at ${tellTime(ending.resetsAtMs)}.`;
    case 'rate-limited':
    case 'overloaded':
    case 'incomplete':
    case 'permanent-failure':
      return FAILURES[ending.kind];
  }
}

/** The line Codex logs on stderr when a usage limit is reached, with the second it resets at. */
export function logLimit(resetsAtMs: number): string {
  const nowMs = Date.now();
  const body = JSON.stringify({
    error: {
      type: 'usage_limit_reached',
      message: 'The usage limit has been reached',
      plan_type: 'plus',
      resets_at: Math.ceil(resetsAtMs / 1000),
      resets_in_seconds: Math.ceil((resetsAtMs - nowMs) / 1000),
    },
  });
  const at = new Date(nowMs).toISOString();
  return `${at} ERROR codex_api::endpoint::responses: error=http 429 Too Many Requests: Some(${JSON.stringify(body)})`;
}
