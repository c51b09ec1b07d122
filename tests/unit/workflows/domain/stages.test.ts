import { describe, expect, it } from 'vitest';
import { nextStage, ROLES, STAGES } from '../../../../workflows/domain/stages.ts';
import type { StageName, Track } from '../../../../workflows/domain/stages.ts';

const NAMES = Object.keys(STAGES) as StageName[];

/** The stages a task goes through on `track` when every gate passes. */
function walk(track: Track): string[] {
  const seen: string[] = [];
  for (let stage: StageName | 'done' = 'created'; stage !== 'done';) {
    seen.push(stage);
    if (seen.length > NAMES.length) break;
    stage = nextStage(stage, track);
  }
  return seen;
}

describe('stages', () => {
  it('lead from created through all nine to done on the full track', () => {
    expect(walk('full')).toEqual([
      'created',
      'analysis',
      'architecture',
      'development',
      'review',
      'testing',
      'deploy-staging',
      'deploy',
      'monitoring',
    ]);
  });

  it('skip architecture on the bug track and nothing else', () => {
    expect(walk('bug')).toEqual(walk('full').filter((stage) => stage !== 'architecture'));
  });

  it('BUG 8: reach done from monitoring alone, which follows deploy alone', () => {
    for (const track of ['full', 'bug'] as const) {
      expect(NAMES.filter((stage) => nextStage(stage, track) === 'done')).toEqual(['monitoring']);
      expect(NAMES.filter((stage) => nextStage(stage, track) === 'monitoring')).toEqual(['deploy']);
    }
  });

  it('never go forward on a failed gate', () => {
    for (const [index, name] of NAMES.entries()) {
      expect(NAMES.indexOf(STAGES[name].onFail), name).toBeLessThanOrEqual(index);
    }
  });

  it.each(['development', 'review', 'testing', 'deploy-staging', 'deploy'] as const)(
    'return the work of %s to the developer',
    (stage) => {
      expect(STAGES[stage].onFail).toBe('development');
    },
  );

  it('give every role a stage to work in', () => {
    const staffed = new Set(NAMES.map((name) => STAGES[name].role));
    expect([...staffed].filter((role) => role !== null).sort()).toEqual([...ROLES].sort());
  });
});
