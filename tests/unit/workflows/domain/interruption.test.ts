import { describe, expect, it } from 'vitest';
import type { InterruptedRun } from '../../../../workflows/domain/runs.ts';
import {
  decideInterruption,
  MAX_INCOMPLETES,
  openRun,
  reportOf,
  stoppedRun,
} from '../../../../workflows/domain/interruption.ts';
import type { OpenRun } from '../../../../workflows/domain/runs.ts';
import { defaultPolicy, taskAt } from '../../../world/task-at.ts';

const role = defaultPolicy.roles.developer;
const policy = { ...defaultPolicy, role };
const key = {
  life: taskAt('development').ref.life,
  resetEpoch: 0,
  stage: 'development',
  kind: 'agent',
  iteration: 3,
} as const;
const usage = {
  model: 'opus',
  effort: null,
  inputTokens: 10,
  cachedTokens: 0,
  outputTokens: 5,
  costUsd: 0.5,
};
const interrupted = (why: InterruptedRun['why'], patch: Partial<InterruptedRun> = {}) => ({
  kind: 'interrupted' as const,
  runId: 'run-3',
  why,
  reason: `it was ${why}`,
  resetsAt: null,
  provider: 'anthropic',
  usage,
  seconds: 7,
  ...patch,
});
const fresh = openRun(key, 'developer');

/** The run after the same interruption came `times` times and it was let go on each time. */
function after(times: number, why: InterruptedRun['why']): OpenRun {
  let run = fresh;
  for (let time = 0; time < times; time += 1) {
    const next = decideInterruption(run, interrupted(why), policy);
    if (next.kind !== 'go-on') throw new Error(`${why} ended after ${time} times`);
    ({ run } = next);
  }
  return run;
}

describe('an interrupted run', () => {
  it.each(['transient', 'limit', 'incomplete', 'permanent'] as const)(
    'keeps its key, its money and its time when it was %s',
    (why) => {
      expect(decideInterruption(fresh, interrupted(why), policy)).toMatchObject({
        run: { key, continuation: 1, usages: [usage], seconds: 7 },
      });
    },
  );

  it('goes on after passing trouble, with pauses that grow', () => {
    const pauses = [0, 1, 2].map((times) =>
      decideInterruption(after(times, 'transient'), interrupted('transient'), policy),
    );
    const { rereadMs } = policy;
    expect(pauses).toMatchObject([
      { kind: 'go-on', pauseMs: rereadMs },
      { kind: 'go-on', pauseMs: 2 * rereadMs },
      { kind: 'go-on', pauseMs: 4 * rereadMs },
    ]);
  });

  it('is held when the trouble does not pass, and has its budget again afterwards', () => {
    const worn = after(policy.maxInfraRetries, 'transient');
    expect(decideInterruption(worn, interrupted('transient'), policy)).toMatchObject({
      kind: 'hold',
      run: { transients: 0, continuation: policy.maxInfraRetries + 1 },
    });
  });

  it('waits for a reset without a budget: the pool grants nothing before it', () => {
    expect(after(50, 'limit')).toMatchObject({ continuation: 50, transients: 0, model: null });
  });

  it('goes on with the fallback model at once when only its own model is used up', () => {
    const by = interrupted('limit', { reason: "You've hit your Opus limit · resets 3:45pm" });
    const withFallback = { ...role, fallbackModel: 'sonnet' };
    const next = decideInterruption(fresh, by, { ...policy, role: withFallback });
    expect(next).toMatchObject({ kind: 'go-on', run: { model: 'sonnet' } });
    expect(reportOf(fresh, by, withFallback)).toEqual({ kind: 'ok' });
    expect(reportOf(fresh, by, role)).toEqual({ kind: 'limit', until: null });
  });

  it('waits for the reset when the fallback model is used up too', () => {
    const withFallback = { ...role, fallbackModel: 'sonnet' };
    const onFallback = { ...fresh, model: 'sonnet' };
    const by = interrupted('limit', { reason: "You've hit your Sonnet limit · resets 3:45pm" });
    expect(reportOf(onFallback, by, withFallback)).toEqual({ kind: 'limit', until: null });
    expect(decideInterruption(onFallback, by, { ...policy, role: withFallback })).toMatchObject({
      kind: 'go-on',
      run: { model: 'sonnet' },
    });
  });

  it('is taken up again after an answer that broke off, a few times', () => {
    const worn = after(MAX_INCOMPLETES, 'incomplete');
    expect(decideInterruption(worn, interrupted('incomplete'), policy).kind).toBe('unusable');
  });

  it('needs a person when nothing mends it', () => {
    const next = decideInterruption(fresh, interrupted('permanent'), policy);
    expect(next).toMatchObject({ kind: 'broken', reason: 'it was permanent' });
  });
});

describe('a run that a STOP ended', () => {
  const bill = { runId: 'run-3', wasLaunched: true, usage, seconds: 4 };
  const notBegun = { ...bill, wasLaunched: false, usage: null, seconds: 0 };

  it('costs what all its continuations used', () => {
    const open = { ...fresh, usages: [usage], seconds: 7 };
    expect(stoppedRun(open, bill)).toMatchObject({
      ...{ runId: 'run-3', role: 'developer', end: 'stopped', seconds: 11 },
      usage: { costUsd: 1 },
    });
    expect(stoppedRun(open, notBegun)).toMatchObject({ usage: { costUsd: 0.5 }, seconds: 7 });
  });

  it('is of unknown price when it told nothing, and no run at all when it never began', () => {
    expect(stoppedRun(fresh, { ...bill, usage: null })?.usage).toBeNull();
    expect(stoppedRun(fresh, notBegun)).toBeNull();
  });
});

describe('what the agent pool is told', () => {
  const resetsAt = '2026-11-21T12:00:00.000Z';
  it.each([
    [interrupted('transient'), { kind: 'transient' }],
    [interrupted('limit', { resetsAt }), { kind: 'limit', until: resetsAt }],
    [interrupted('incomplete'), { kind: 'ok' }],
    [interrupted('permanent'), { kind: 'ok' }],
  ] as const)('says what concerns the provider (%#)', (by, report) => {
    expect(reportOf(fresh, by, role)).toEqual(report);
  });
});
