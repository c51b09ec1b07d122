import { describe, expect, it } from 'vitest';
import type { WaitSubject } from '../../../../workflows/domain/task-state.ts';
import { isHumanWait, pauseAfter } from '../../../../workflows/domain/waits.ts';

const WAITS_FOR_PERSON: Readonly<Record<WaitSubject, boolean>> = {
  approval: true,
  answers: true,
  confirmation: true,
  revival: true,
  lane: false,
  'staging-slot': false,
  'production-slot': false,
  'agent-slot': false,
  'provider-limit': false,
  'agent-retry': false,
  budget: true,
  host: false,
  ci: false,
  mergeable: false,
  infra: false,
};

describe('a wait', () => {
  it.each(Object.entries(WAITS_FOR_PERSON) as [WaitSubject, boolean][])(
    'on %s is a wait for a person: %s',
    (on, expected) => {
      expect(isHumanWait(on)).toBe(expected);
    },
  );
});

describe('the pause after a try', () => {
  const policy = { rereadMs: 30_000, rereadMaxMs: 300_000 };
  const pauses = (tries: readonly number[]) => tries.map((count) => pauseAfter(count, policy));

  it('is the first interval after the first try and doubles until the cap', () => {
    expect(pauses([1, 2, 3, 4, 5, 6])).toEqual([
      30_000, 60_000, 120_000, 240_000, 300_000, 300_000,
    ]);
  });

  it('is the cap after any number of tries', () => {
    expect(pauseAfter(5_000, policy)).toBe(300_000);
  });
});
