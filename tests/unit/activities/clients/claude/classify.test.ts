import { describe, expect, it } from 'vitest';
import { claudeAdapter } from '../../../../../activities/clients/claude/adapter.ts';
import type { AgentEvent } from '../../../../../activities/clients/agent-adapter.ts';
import type { RunExit } from '../../../../../activities/runs/runs.ts';

const exited = (change: Partial<RunExit> = {}): RunExit => ({
  exitCode: 0,
  signal: null,
  timedOut: false,
  startedAt: '2026-11-20T10:00:00.000Z',
  endedAt: '2026-11-20T10:00:01.000Z',
  stdoutPath: '',
  stderrPath: '',
  ...change,
});

const eventsOf = (...lines: (object | string)[]): AgentEvent[] =>
  lines
    .map((line) => (typeof line === 'string' ? line : JSON.stringify(line)))
    .map((line) => claudeAdapter.parseLine(line))
    .filter((event) => event !== null);

const init = {
  type: 'system',
  subtype: 'init',
  model: 'claude-opus-5',
  claude_code_version: '2.1',
};
const result = (change: object) => ({
  type: 'result',
  subtype: 'success',
  is_error: false,
  result: '',
  ...change,
});
const apiError = (error: string, text = '') => ({
  type: 'assistant',
  error,
  message: { model: '<synthetic>', content: [{ type: 'text', text }] },
});

const classify = (lines: (object | string)[], exit: Partial<RunExit> = {}, stderr = '') =>
  claudeAdapter.classify(exited(exit), { events: eventsOf(...lines), stderrTail: stderr });

describe('what a run of Claude Code is taken for', () => {
  it('success needs a result, no error and the subtype; the exit code does not count', () => {
    const answer = classify([init, result({})], { exitCode: 1 });
    expect(answer).toMatchObject({ kind: 'ended', end: 'finished' });
  });

  it('a good answer may quote a limit', () => {
    const text = "You've hit your session limit";
    expect(classify([init, result({ result: text })])).toMatchObject({ end: 'finished' });
  });

  it.each([
    ['error_max_turns', 'max-turns'],
    ['error_max_budget_usd', 'over-budget'],
    ['error_max_structured_output_retries', 'failed'],
  ])('%s is the agent’s own end', (subtype, end) => {
    const lines = [init, result({ subtype, is_error: true, errors: ['x'] })];
    expect(classify(lines)).toMatchObject({ kind: 'ended', end });
  });

  it.each([
    [
      'an overloaded API that says success',
      [init, result({ is_error: true, api_error_status: 529 })],
    ],
    ['an unknown error', [init, result({ subtype: 'error_during_execution', is_error: true })]],
    ['a rate limit', [init, apiError('rate_limit'), result({ is_error: true })]],
    [
      'a limit with its reset',
      [
        init,
        {
          type: 'rate_limit_event',
          rate_limit_info: { status: 'rejected', resetsAt: 1_770_000_000 },
        },
        result({ is_error: true }),
      ],
    ],
    [
      'a limit in words',
      [init, result({ is_error: true, result: "You've reached your limit · resets 3pm" })],
    ],
    ['silence after the start', [init]],
  ])('%s may pass', (_, lines) => {
    expect(classify(lines)).toMatchObject({ kind: 'interrupted' });
  });

  it.each([
    ['a wrong key', [init, apiError('authentication_failed'), result({ is_error: true })]],
    ['no money', [init, result({ is_error: true, result: 'Credit balance is too low' })]],
    [
      'a prompt that is too long',
      [init, result({ is_error: true, terminal_reason: 'prompt_too_long' })],
    ],
  ])('%s does not pass', (_, lines) => {
    expect(classify(lines)).toMatchObject({ why: 'permanent' });
  });

  it('a refused command line does not pass, a kill does', () => {
    const words = "error: unknown option '--x'";
    expect(classify([], { exitCode: 1 }, words)).toMatchObject({ why: 'permanent' });
    const killed = { exitCode: null, signal: 'SIGKILL' };
    expect(classify([], killed)).toMatchObject({ why: 'transient' });
  });

  it('a time-out is one, whatever was said before', () => {
    const answer = classify([init, result({})], { timedOut: true });
    expect(answer).toMatchObject({ kind: 'ended', end: 'timed-out' });
  });
});

describe('the stream', () => {
  it.each([
    '',
    'not json',
    'null',
    '[]',
    '"result"',
    '{"type":"stream_event"}',
    '{"type":"keep_alive"}',
    '{"type":"result"}',
    '{"type":"rate_limit_event","rate_limit_info":{"status":"allowed"}}',
  ])('has nothing for us in %j', (line) => {
    expect(claudeAdapter.parseLine(line)).toBeNull();
  });

  it('ORCH-091: sums tokens over all models, cached ones included and beside', () => {
    const [event] = eventsOf(
      result({
        total_cost_usd: 1.5,
        usage: { input_tokens: 1, output_tokens: 1 },
        modelUsage: {
          'claude-haiku-4-5': { inputTokens: 1, outputTokens: 2, cacheReadInputTokens: 0 },
          'claude-opus-5': {
            inputTokens: 10,
            outputTokens: 20,
            cacheReadInputTokens: 300,
            cacheCreationInputTokens: 4000,
            costUSD: 1.4,
          },
        },
      }),
    );
    expect(event).toMatchObject({
      usage: {
        model: 'claude-opus-5',
        inputTokens: 4311,
        cachedTokens: 4300,
        outputTokens: 22,
        costUsd: 1.5,
      },
    });
  });

  it('an unknown cost is unknown, not 0', () => {
    expect(eventsOf(result({}))[0]).toMatchObject({ usage: { costUsd: null, model: null } });
  });
});

describe('the command line', () => {
  const policy = {
    agent: 'claude' as const,
    model: null,
    effort: null,
    fallbackModel: null,
    timeoutMs: 1,
    maxBudgetUsd: null,
    maxTurns: null,
    idleMs: 1,
    afterResultMs: 1,
  };
  const build = (change: object) =>
    claudeAdapter.buildCommand({
      runId: 'abc',
      policy: { ...policy, ...change },
      rolePromptPath: null,
      home: '/h',
    }).args;

  it('ORCH-074, ORCH-081: passes what is set, and skips a name of the wrong form', () => {
    const args = build({
      model: 'opus',
      fallbackModel: '--evil',
      effort: 'xhigh',
      maxBudgetUsd: 2,
    });
    expect(args.join(' ')).toContain('--model opus --effort xhigh --max-budget-usd 2');
    expect(args).not.toContain('--fallback-model');
    expect(build({ effort: 'hard', model: '' })).toEqual(build({}));
  });

  it('runs nothing the repository brings along', () => {
    const args = build({}).join(' ');
    expect(args).toContain('--setting-sources user --settings {"disableAllHooks":true}');
    expect(args).toContain('--strict-mcp-config --mcp-config {"mcpServers":{}}');
  });

  it('names the same session in every attempt', () => {
    const session = (args: readonly string[]) => args[args.indexOf('--session-id') + 1];
    expect(session(build({}))).toMatch(
      /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-8[0-9a-f]{3}-[0-9a-f]{12}$/,
    );
    expect(session(build({}))).toBe(session(build({ model: 'opus' })));
  });
});
