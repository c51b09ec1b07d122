import { describe, expect, it } from 'vitest';
import { createMeter } from '../../../../activities/agent/meter.ts';
import type { AgentEvent, AgentTotals } from '../../../../activities/clients/agent-adapter.ts';

const totals = (inputTokens: number, costUsd: number | null): AgentTotals => ({
  model: 'm',
  inputTokens,
  cachedTokens: 0,
  cacheWriteTokens: 0,
  outputTokens: 0,
  costUsd,
});
const started = (sessionId: string): AgentEvent => ({
  kind: 'started',
  sessionId,
  model: 'm',
  version: null,
});
const final = (usage: AgentTotals | null): AgentEvent => ({
  kind: 'final',
  success: true,
  subtype: '',
  text: '',
  reason: null,
  status: null,
  usage,
});
const used = (id: string, usage: AgentTotals): AgentEvent => ({ kind: 'used', id, usage });

/** A meter that knows one price: a cent a token. */
function meterOf(...events: AgentEvent[]) {
  const meter = createMeter(null, ({ model, inputTokens }) =>
    model === 'm' ? inputTokens / 100 : null,
  );
  for (const event of events) meter.add(event);
  return meter;
}

describe('what a run used', () => {
  it('is nothing known when nothing was told', () => {
    expect(meterOf(started('a')).total()).toBeNull();
    expect(meterOf(started('a'), final(null)).total()).toBeNull();
  });

  it('of a session that was resumed is billed once, though its result counts all of it', () => {
    const meter = meterOf(
      started('a'),
      final(totals(100, 1)),
      started('a'),
      final(totals(150, 1.5)),
    );
    expect(meter.total()).toMatchObject({ inputTokens: 150, costUsd: 1.5 });
  });

  it('of a session whose result counts only itself is billed in full', () => {
    const meter = meterOf(
      started('a'),
      final(totals(100, 1)),
      started('a'),
      final(totals(40, 0.4)),
    );
    expect(meter.total()).toMatchObject({ inputTokens: 140, costUsd: 1.4 });
  });

  it('of a session whose result counts less than its answers since the last one is billed in full', () => {
    const launch = [started('a'), used('y', totals(120, null)), final(totals(120, 1.2))];
    const meter = meterOf(started('a'), final(totals(100, 1)), ...launch);
    expect(meter.total()).toMatchObject({ inputTokens: 220, costUsd: 2.2 });
  });

  it('of another session is billed in full', () => {
    const meter = meterOf(
      started('a'),
      final(totals(100, 1)),
      started('b'),
      final(totals(150, 1.5)),
    );
    expect(meter.total()).toMatchObject({ inputTokens: 250, costUsd: 2.5 });
  });

  it('of a launch that died is what its answers used, each once', () => {
    const meter = meterOf(
      started('a'),
      used('x', totals(10, null)),
      used('x', totals(12, null)),
      used('y', totals(5, null)),
      started('a'),
      final(totals(100, 1)),
    );
    expect(meter.total()).toMatchObject({ inputTokens: 117, costUsd: 1.17 });
    expect(meterOf(used('x', totals(10, null))).total()).toMatchObject({ costUsd: 0.1 });
  });

  it('of a crash whose result is all zero is what its answers used', () => {
    const meter = meterOf(started('a'), used('x', totals(10, null)), final(totals(0, 0)));
    expect(meter.take()).toMatchObject({ inputTokens: 10, costUsd: 0.1 });
  });

  it('with one unknown price has an unknown cost', () => {
    const unknown = { ...totals(10, null), model: 'of tomorrow' };
    const meter = meterOf(started('a'), final(totals(100, 1)), started('b'), final(unknown));
    expect(meter.total()).toMatchObject({ inputTokens: 110, costUsd: null });
  });

  it('that was taken is not told again, and still counts as billed', () => {
    const meter = meterOf(started('a'), final(totals(100, 1)));
    expect(meter.take()).toMatchObject({ costUsd: 1 });
    expect(meter.take()).toBeNull();
    meter.add(started('a'));
    meter.add(final(totals(130, 1.3)));
    expect(meter.take()?.inputTokens).toBe(30);
    expect(meter.take()).toBeNull();
  });

  it('takes the model of the policy where none is told', () => {
    const meter = createMeter('m', ({ model }) => (model === 'm' ? 7 : null));
    meter.add(final({ ...totals(1, null), model: null }));
    expect(meter.total()).toMatchObject({ model: 'm', costUsd: 7 });
  });
});
