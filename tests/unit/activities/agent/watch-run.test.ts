import { describe, expect, it } from 'vitest';
import { createMeter } from '../../../../activities/agent/meter.ts';
import { watchRun } from '../../../../activities/agent/watch-run.ts';
import { priceUsage } from '../../../../activities/clients/price-usage.ts';
import type { RolePolicy } from '../../../../workflows/domain/policy.ts';
import type { AgentName } from '../../../../workflows/domain/runs.ts';
import { ADAPTERS } from '../clients/recorded-run.ts';

const INIT = '{"type":"system","subtype":"init","session_id":"a","model":"claude-opus-5"}';
const RESULT = '{"type":"result","subtype":"success","is_error":false,"result":"done"}';
const STEP = '{"type":"item.completed","item":{"id":"i","type":"command_execution"}}';
const TURN = '{"type":"turn.completed","usage":{"input_tokens":1000000,"output_tokens":0}}';

function watching(agent: AgentName, change: Partial<RolePolicy>, lines: readonly string[]) {
  const policy: RolePolicy = {
    agent,
    model: 'gpt-5.3-codex',
    effort: null,
    fallbackModel: null,
    timeoutMs: 1,
    maxBudgetUsd: null,
    maxTurns: null,
    idleMs: 1000,
    afterResultMs: 100,
    ...change,
  };
  const meter = createMeter(policy.model, (usage) => priceUsage('openai', usage));
  const { onLine, watch } = watchRun(ADAPTERS[agent], policy, meter);
  for (const line of lines) onLine(line);
  return watch;
}

describe('what ends a run before its time', () => {
  it('is silence for the idle time', () => {
    const watch = watching('claude', {}, [INIT]);
    expect(watch(999)).toBeNull();
    expect(watch(1000)).toBe('hung: nothing printed for 1 s');
  });

  it('is staying after the result, which a new session takes back', () => {
    expect(watching('claude', {}, [INIT, RESULT])(100)).toMatch(/^stayed after its result/);
    expect(watching('claude', {}, [INIT, RESULT])(1)).toBeNull();
    expect(watching('claude', {}, [INIT, RESULT, INIT])(100)).toBeNull();
  });

  it('is more steps than turns, where the agent does not count them itself', () => {
    expect(watching('codex', { maxTurns: 2 }, [STEP, STEP])(0)).toBeNull();
    expect(watching('codex', { maxTurns: 2 }, [STEP, STEP, STEP])(0)).toBe(
      'over its turns: 3 of 2',
    );
  });

  it('is more money than the budget, where the agent does not look after it itself', () => {
    const started = '{"type":"thread.started","thread_id":"a"}';
    const again = [started, TURN, started];
    expect(watching('codex', { maxBudgetUsd: 2 }, again)(0)).toBeNull();
    expect(watching('codex', { maxBudgetUsd: 1 }, again)(0)).toBe(
      'over its budget: $1.75 of $1.00',
    );
  });
});
