import type { FailureMode, RecordedRun } from './consequences.ts';

const FAILED = { exitCode: 1 } as const;
const KILLED = { exitCode: null, signal: 'SIGKILL' } as const;
const claude = (stream: string, more: Partial<RecordedRun> = {}): RecordedRun => ({
  agent: 'claude',
  stream,
  exit: FAILED,
  ...more,
});
const codex = (stream: string, more: Partial<RecordedRun> = {}): RecordedRun => ({
  agent: 'codex',
  stream,
  exit: FAILED,
  ...more,
});
const command = (stream: string, more: Partial<RecordedRun> = {}): RecordedRun => ({
  agent: 'command',
  stream,
  ...more,
});
const dashed = (...codes: string[]) => codes.map((code) => code.replaceAll('_', '-'));

const TODAY = '2026-11-21T15:45:00.000Z';
const EPOCH = '2026-11-21T17:00:00.000Z';

/** Every way a run can end, in the order in which the page lists them. */
export const FAILURE_MODES: readonly FailureMode[] = [
  {
    mode: 'well',
    signals:
      'claude: result, subtype success, no is_error; codex: turn.completed; command: exit code 0. Other exit codes do not count',
    class: 'finished',
    runs: [
      claude('finished', { exit: {} }),
      claude('finished'),
      claude('finished-quoting-a-limit'),
      claude('finished-without-words', { exit: {} }),
      codex('finished', { exit: {} }),
      codex('finished'),
      command('finished', { exit: {} }),
    ],
  },
  {
    mode: 'stays after its result',
    signals:
      'a result, then the process is there for afterResult, or a result of success and then the deadline: ended by us',
    class: 'finished',
    runs: [
      claude('finished', { exit: { ...KILLED, killed: 'stayed after its result for 60 s' } }),
      codex('finished', { exit: { ...KILLED, killed: 'stayed after its result for 60 s' } }),
      claude('finished', { exit: { ...KILLED, timedOut: true } }),
      claude('finished', { exit: { exitCode: 143, timedOut: true } }),
      codex('finished', { exit: { ...KILLED, timedOut: true } }),
    ],
  },
  {
    mode: 'overloaded or out of order',
    signals:
      'claude: overloaded, server_error, status 5xx or 529; codex: last status 5xx, at capacity, high demand; anything unknown',
    class: 'transient',
    runs: [
      claude('overloaded'),
      claude('overloaded', { exit: {} }),
      claude('server-error'),
      claude('unknown-error'),
      codex('server-error'),
      codex('unexpected-500'),
      codex('at-capacity'),
      codex('high-demand'),
      codex('error-without-turn'),
      codex('unknown-error'),
    ],
  },
  {
    mode: 'too many requests',
    signals: 'claude: rate_limit without the words of a limit, status 429; codex: last status 429',
    class: 'transient',
    runs: [claude('rate-limited'), claude('server-limits-requests'), codex('rate-limited')],
  },
  {
    mode: 'network',
    signals: 'timed out, status 408, unable to connect, stream disconnected, connection failed',
    class: 'transient',
    runs: [
      claude('request-timed-out'),
      claude('status-408'),
      claude('no-connection'),
      claude('nothing', { stderr: 'Unable to connect to API (ENOTFOUND)' }),
      codex('stream-disconnected'),
      codex('no-connection'),
      codex('request-timed-out'),
    ],
  },
  {
    mode: 'dies in the middle',
    signals: 'no result and a signal, an exit code over 128, or a session that had begun',
    class: 'transient',
    runs: [
      claude('no-result', { exit: KILLED }),
      claude('no-result', { exit: { exitCode: 143 } }),
      claude('no-result'),
      claude('retries-and-silence', { exit: KILLED }),
      claude('nothing', { exit: KILLED }),
      codex('no-result', { exit: KILLED }),
      codex('no-result'),
      codex('nothing', { exit: { exitCode: 130 } }),
      command('nothing', { exit: KILLED }),
      command('finished', { exit: { exitCode: 137 } }),
    ],
  },
  {
    mode: 'hangs',
    signals: 'nothing printed for idle: ended by us',
    class: 'transient',
    runs: [
      claude('no-result', { exit: { ...KILLED, killed: 'hung: nothing printed for 1200 s' } }),
      codex('no-result', { exit: { ...KILLED, killed: 'hung: nothing printed for 1200 s' } }),
      command('nothing', { exit: { ...KILLED, killed: 'hung: nothing printed for 1200 s' } }),
    ],
  },
  {
    mode: 'cannot start today',
    signals:
      'claude: startup_failure_reason worktree_unverified, org_verify_failed, org_config_required_unavailable',
    class: 'transient',
    runs: dashed('worktree_unverified', 'org_verify_failed', 'org_config_required_unavailable').map(
      (reason) => claude(`startup-${reason}`),
    ),
  },
  {
    mode: 'its session is gone',
    signals: 'claude: No conversation found; codex: No saved session found. It starts over',
    class: 'transient',
    runs: [
      claude('nothing', { stderr: 'No conversation found with session ID: 5b1d6d0e' }),
      codex('nothing', { stderr: 'Error: No saved session found with ID 0199a213' }),
    ],
  },
  {
    mode: 'limit reached',
    signals:
      "claude: rate_limit_event rejected, You've hit your, You've reached your, limit reached; codex: You've hit your usage limit",
    class: 'limit',
    runs: [
      claude('limit-event', { resetsAt: EPOCH }),
      claude('limit-session-text', { resetsAt: TODAY }),
      claude('limit-weekly-text', { resetsAt: '2026-11-23T08:00:00.000Z' }),
      claude('limit-spend-text', { resetsAt: '2026-11-22T00:00:00.000Z' }),
      claude('limit-old-text', { resetsAt: EPOCH }),
      claude('limit-without-result', { resetsAt: TODAY }),
      codex('limit-today', { resetsAt: TODAY }),
      codex('limit-today', {
        stderr: 'error=http 429: Some("{\\"resets_at\\":1795280400}")',
        resetsAt: EPOCH,
      }),
      codex('limit-other-day', { resetsAt: '2026-11-23T02:05:00.000Z' }),
      codex('limit-in-hours', { resetsAt: '2026-11-23T17:05:00.000Z' }),
      codex('limit-of-one-model', { resetsAt: TODAY }),
      codex('limit-without-reset'),
    ],
  },
  {
    mode: 'limit of one model',
    signals: "claude: You've hit your Opus limit, and the role has a fallbackModel",
    class: 'limit',
    task: 'the same session at once with that model; the provider is not paused',
    runs: [claude('limit-of-one-model', { resetsAt: '2026-11-22T09:00:00.000Z' })],
  },
  {
    mode: 'answer broke off',
    signals: 'claude: The response above may be incomplete, max_output_tokens',
    class: 'incomplete',
    runs: [claude('incomplete'), claude('cut-off')],
  },
  {
    mode: 'refused by the provider',
    signals:
      'authentication, organisation, account, invalid request, unknown model, status 400, 401, 402, 403, 404, 413, 422',
    class: 'permanent',
    runs: [
      ...dashed(
        'authentication_failed',
        'oauth_org_not_allowed',
        'billing_error',
        'account_on_hold',
        'verification_required',
        'invalid_request',
        'model_not_found',
        'cloud_credential_error',
      ).map((code) => claude(`refused-${code}`)),
      claude('invalid-key'),
      claude('status-403'),
      codex('invalid-key'),
      codex('retry-limit-401'),
      codex('unknown-model'),
      codex('old-login'),
      codex('plan'),
    ],
  },
  {
    mode: 'no money left',
    signals: 'credit balance, usage credits, quota, out of credits, spend cap',
    class: 'permanent',
    runs: [
      claude('no-credit'),
      claude('out-of-credits'),
      codex('quota'),
      codex('out-of-credits'),
      codex('spend-cap'),
    ],
  },
  {
    mode: 'prompt too long',
    signals:
      'claude: prompt_too_long, Prompt is too long; codex: out of room in the context window',
    class: 'permanent',
    runs: [claude('long-prompt'), claude('long-prompt-text'), codex('long-prompt')],
  },
  {
    mode: 'does not start',
    signals:
      'any other startup_failure_reason; no session, no signal, an exit code; command: 126, 127; no command for the agent',
    class: 'permanent',
    runs: [
      ...dashed('bypass_root', 'auth_missing').map((reason) => claude(`startup-${reason}`)),
      claude('nothing', { stderr: "error: unknown option '--no-such-flag'" }),
      claude('nothing', {
        stderr: '--dangerously-skip-permissions cannot be used with root/sudo privileges',
      }),
      codex('nothing', { exit: { exitCode: 2 }, stderr: "error: unexpected argument '--x'" }),
      codex('nothing', { stderr: 'Not logged in' }),
      command('nothing', { exit: { exitCode: 127 }, stderr: 'make-it: command not found' }),
    ],
  },
  {
    mode: 'out of time',
    signals: 'the deadline of the role, without a result of success before it',
    class: 'timed-out',
    runs: [
      claude('no-result', { exit: { ...KILLED, timedOut: true } }),
      claude('overloaded', { exit: { ...KILLED, timedOut: true } }),
      codex('no-result', { exit: { ...KILLED, timedOut: true } }),
      codex('server-error', { exit: { ...KILLED, timedOut: true } }),
      command('finished', { exit: { ...KILLED, timedOut: true } }),
    ],
  },
  {
    mode: 'out of turns',
    signals: 'claude: error_max_turns; others: more steps than maxTurns, ended by us',
    class: 'max-turns',
    runs: [
      claude('max-turns'),
      codex('no-result', { exit: { ...KILLED, killed: 'over its turns: 41 of 40' } }),
    ],
  },
  {
    mode: 'over its budget',
    signals:
      'claude: error_max_budget_usd; others: what it told costs more than maxBudgetUsd, ended by us',
    class: 'over-budget',
    runs: [
      claude('budget'),
      codex('no-result', { exit: { ...KILLED, killed: 'over its budget: $2.10 of $2.00' } }),
    ],
  },
  {
    mode: 'fails at its task',
    signals: 'claude: refusal, error_max_structured_output_retries; command: any other exit code',
    class: 'failed',
    runs: [
      claude('refusal', { exit: {} }),
      claude('refusal', { exit: { ...KILLED, timedOut: true } }),
      claude('no-structured-output'),
      command('finished', { exit: FAILED, stderr: 'could not do it' }),
    ],
  },
  {
    mode: 'leaves a secret',
    signals:
      'the canary, a key or token of the run in its output or its changes, also in base64 or hex',
    class: 'leaked',
    runs: [],
  },
  {
    mode: 'changes nothing',
    signals: 'the tree is as it was',
    class: 'finished',
    runs: [],
  },
  {
    mode: 'works outside its scope',
    signals: 'paths the role may not write, links out of the tree, repositories, huge files',
    class: 'finished',
    task: 'as above; those paths are dropped and named',
    runs: [],
  },
];
