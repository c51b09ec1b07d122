import { describe, expect, it } from 'vitest';
import { claudeAdapter } from '../../../../../activities/clients/claude/adapter.ts';
import { eventsOf } from '../recorded-run.ts';

const result = (change: object) => ({
  type: 'result',
  subtype: 'success',
  is_error: false,
  result: '',
  ...change,
});

describe('the stream of Claude Code', () => {
  it.each([
    '',
    'not json',
    'null',
    '[]',
    '"result"',
    '{"type":"stream_event"}',
    '{"type":"keep_alive"}',
    '{"type":"result"}',
    '{"type":"assistant"}',
    '{"type":"system","subtype":"an_event_of_tomorrow"}',
    '{"type":"rate_limit_event","rate_limit_info":{"status":"allowed_warning"}}',
  ])('has nothing for us in %j', (line) => {
    expect(claudeAdapter.parseLine(line)).toEqual([]);
  });

  it('ORCH-091: sums tokens over all models, cached ones included and beside', () => {
    const [event] = eventsOf(
      'claude',
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
        cacheWriteTokens: 4000,
        outputTokens: 22,
        costUsd: 1.5,
      },
    });
  });

  it('an unknown cost is unknown, not 0', () => {
    expect(eventsOf('claude', result({}))).toMatchObject([{ usage: null }]);
    const modelUsage = { 'claude-opus-5': { inputTokens: 1 } };
    expect(eventsOf('claude', result({ modelUsage }))).toMatchObject([
      { usage: { costUsd: null } },
    ]);
  });

  it('tells a reset as a number of seconds, its digits or a time', () => {
    const reset = (resetsAt: unknown) =>
      eventsOf('claude', {
        type: 'rate_limit_event',
        rate_limit_info: { status: 'rejected', resetsAt },
      });
    const event = { kind: 'limit', resetsAt: '2026-11-21T17:00:00.000Z' };
    expect(reset(1_795_280_400)).toEqual([event]);
    expect(reset('1795280400')).toEqual([event]);
    expect(reset('2026-11-21T17:00:00Z')).toEqual([event]);
    expect(reset('soon')).toEqual([{ kind: 'limit', resetsAt: null }]);
  });
});
