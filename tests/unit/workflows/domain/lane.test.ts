import { describe, expect, it } from 'vitest';
import {
  dropRequests,
  EMPTY_LANE,
  forgetTask,
  needsAdmission,
  takeRequest,
} from '../../../../workflows/domain/lane.ts';
import type {
  GrantKind,
  GrantRequest,
  LaneAnswer,
  LaneChange,
  LaneState,
} from '../../../../workflows/domain/lane.ts';
import { STAGE_NAMES } from '../../../../workflows/domain/stages.ts';
import { LaneTraffic } from './lane-traffic.ts';

const NOW = 1_800_000_000_000;

function request(name: string, kind: GrantKind = 'admission', patch: Partial<GrantRequest> = {}) {
  const life = `${name}.1`;
  return {
    requestId: `${life}:${kind}`,
    workflowId: `task:${name}`,
    life,
    kind,
    rejoin: false,
    ...patch,
  };
}

/** The lane after `requests` were taken in, one after another. */
function laneWith(...requests: GrantRequest[]): LaneState {
  return requests.reduce((state, each) => takeRequest(state, each, NOW).state, EMPTY_LANE);
}

const answersOf = (change: LaneChange): LaneAnswer[] => change.answers.map(({ answer }) => answer);
const queueOf = (state: LaneState) => state.queue.map(({ workflowId }) => workflowId);
const holdersOf = (state: LaneState) => state.holders.map(({ workflowId }) => workflowId);

describe('admission', () => {
  it('ORCH-088: is needed before every stage from analysis to testing, and before no other', () => {
    const stages = [...STAGE_NAMES, 'done', 'cancelled', 'refused', 'none'] as const;
    expect(stages.filter((stage) => needsAdmission({ stage, analysis: 'none' }))).toEqual([
      'analysis',
      'architecture',
      'development',
      'review',
      'testing',
    ]);
  });

  it.each(['package', 'questions'] as const)(
    'ORCH-088: is not needed while a %s of the analyst waits for a person',
    (analysis) => {
      expect(needsAdmission({ stage: 'analysis', analysis })).toBe(false);
    },
  );

  it('is needed after analysis whatever the analyst left', () => {
    expect(needsAdmission({ stage: 'development', analysis: 'package' })).toBe(true);
  });
});

describe('a free lane', () => {
  it('grants the first request of each kind at once', () => {
    for (const kind of ['admission', 'staging', 'production'] as const) {
      const change = takeRequest(EMPTY_LANE, request('A', kind), NOW);
      expect(change.answers).toEqual([
        {
          workflowId: 'task:A',
          answer: { kind: 'granted', requestId: `A.1:${kind}`, fence: NOW },
        },
      ]);
    }
  });

  it('grants the three kinds independently of each other', () => {
    const state = laneWith(request('A'), request('B', 'staging'), request('C', 'production'));
    expect(holdersOf(state)).toEqual(['task:A', 'task:B', 'task:C']);
  });
});

describe('a taken lane', () => {
  it('ORCH-088: queues the next task and says who is before it', () => {
    const state = laneWith(request('A'), request('B'));
    expect(answersOf(takeRequest(state, request('C'), NOW))).toEqual([
      {
        kind: 'queued',
        requestId: 'C.1:admission',
        position: 2,
        reason: 'admission is held by A',
      },
    ]);
  });

  it('counts positions within a kind', () => {
    const state = laneWith(request('A'), request('S', 'staging'), request('B'), request('C'));
    expect(answersOf(takeRequest(state, request('T', 'staging'), NOW))).toMatchObject([
      { kind: 'queued', position: 1, reason: 'staging is held by S' },
    ]);
  });

  it('grants the place to the first in line when it is given back, with a higher fence', () => {
    const state = laneWith(request('A'), request('B'), request('C'));
    const change = dropRequests(state, ['A.1:admission'], NOW);
    expect(answersOf(change)).toEqual([
      { kind: 'granted', requestId: 'B.1:admission', fence: NOW + 1 },
    ]);
    expect(queueOf(change.state)).toEqual(['task:C']);
  });

  it('lets who held before rejoin ahead of all who never did, in their own order', () => {
    const state = laneWith(
      request('A'),
      request('B'),
      request('C', 'admission', { rejoin: true }),
      request('D', 'admission', { rejoin: true }),
      request('E'),
    );
    expect(queueOf(state)).toEqual(['task:C', 'task:D', 'task:B', 'task:E']);
  });

  it('forgets a queued request that is withdrawn and keeps the holder', () => {
    const change = dropRequests(laneWith(request('A'), request('B')), ['B.1:admission'], NOW);
    expect(change.answers).toEqual([]);
    expect(queueOf(change.state)).toEqual([]);
    expect(holdersOf(change.state)).toEqual(['task:A']);
  });

  it('is unchanged by ids it does not know', () => {
    const state = laneWith(request('A'), request('B'));
    expect(dropRequests(state, ['no such'], NOW)).toEqual({ state, answers: [] });
  });
});

describe('a repeated request', () => {
  it('of the holder is answered with the same grant and the same fence', () => {
    const state = laneWith(request('A'));
    const change = takeRequest(state, request('A'), NOW + 60_000);
    expect(change).toEqual({
      state,
      answers: [
        {
          workflowId: 'task:A',
          answer: { kind: 'granted', requestId: 'A.1:admission', fence: NOW },
        },
      ],
    });
  });

  it('of a waiter is answered with its present position and queues nothing twice', () => {
    const before = laneWith(request('A'), request('B'), request('C'));
    const { state } = dropRequests(before, ['A.1:admission'], NOW);
    const change = takeRequest(state, request('C'), NOW);
    expect(change.state).toEqual(state);
    expect(answersOf(change)).toMatchObject([
      { kind: 'queued', position: 1, reason: 'admission is held by B' },
    ]);
  });
});

describe('a fence', () => {
  it('I7: is no lower when the lane was lost and is made anew', () => {
    const { state } = takeRequest(EMPTY_LANE, request('A'), NOW);
    const anew = takeRequest(EMPTY_LANE, request('B'), NOW + 1);
    expect(anew.state.lastFence).toBeGreaterThan(state.lastFence);
  });

  it('I7: rises even when the clock goes back', () => {
    const state = laneWith(request('A'), request('B'));
    const change = dropRequests(state, ['A.1:admission'], NOW - 60_000);
    expect(answersOf(change)).toMatchObject([{ kind: 'granted', fence: NOW + 1 }]);
  });
});

describe('a task that is over', () => {
  it('leaves its grants and its requests', () => {
    const state = laneWith(
      request('A'),
      request('A', 'staging'),
      request('P', 'production'),
      request('A', 'production'),
      request('B'),
    );
    const change = forgetTask(state, { workflowId: 'task:A', life: 'A.1' }, NOW);
    expect(holdersOf(change.state)).toEqual(['task:P', 'task:B']);
    expect(change.state.queue).toEqual([]);
    expect(change.state.tasks).toEqual(['task:P', 'task:B']);
  });

  it('takes nothing from its next life', () => {
    const state = laneWith(request('A', 'admission', { life: 'A.2', requestId: 'A.2:admission' }));
    const change = forgetTask(state, { workflowId: 'task:A', life: 'A.1' }, NOW);
    expect(holdersOf(change.state)).toEqual(['task:A']);
  });

  it('ORCH-065: loses what it held when its next life asks', () => {
    const state = laneWith(request('A'), request('A', 'staging'), request('B'));
    const next = request('A', 'admission', { life: 'A.2', requestId: 'A.2:admission' });
    const change = takeRequest(state, next, NOW);
    expect(holdersOf(change.state)).toEqual(['task:B']);
    expect(queueOf(change.state)).toEqual(['task:A']);
    expect(answersOf(change)).toMatchObject([
      { kind: 'granted', requestId: 'B.1:admission' },
      { kind: 'queued', requestId: 'A.2:admission', position: 1 },
    ]);
  });
});

describe('a lane under random traffic', () => {
  it('I7, ORCH-088: keeps one holder a kind, rising fences, order and every waiter', () => {
    let grants = 0;
    for (let seed = 0; seed < 200; seed += 1) {
      const traffic = new LaneTraffic(seed);
      for (let step = 0; step < 60; step += 1) traffic.step();
      traffic.drain();
      expect(traffic.state.queue, `seed ${seed}`).toEqual([]);
      expect(traffic.state.holders, `seed ${seed}`).toEqual([]);
      grants += traffic.grants;
    }
    expect(grants).toBeGreaterThan(1000);
  });
});
