import { describe, expect, it } from 'vitest';
import type { Paper } from '../../../workers/report/columns.ts';
import {
  describeAddition,
  writeBudget,
  writeTaskBudget,
} from '../../../workers/report/write-budget.ts';
import { writePool } from '../../../workers/report/write-pool.ts';
import { takeSlotRequest, EMPTY_POOL } from '../../../workflows/domain/agent-pool.ts';
import {
  EMPTY_BUDGET,
  settleMoney,
  takeMoneyRequest,
  viewBudget,
} from '../../../workflows/domain/budget.ts';
import { viewPool } from '../../../workflows/domain/pool-line.ts';
import { NOW, slotRequest } from '../workflows/domain/slot-requests.ts';

function written(write: (paper: Paper) => void): string[] {
  const lines: string[] = [];
  const paper: Paper = {
    isTerminal: false,
    styled: (_, text) => text,
    write: (line) => void lines.push(line),
  };
  write(paper);
  return lines;
}

describe('the agents', () => {
  it('are shown by host, provider and task, with the reason of who waits', () => {
    const state = ['A', 'B', 'C'].reduce(
      (pool, name) => takeSlotRequest(pool, slotRequest(name), NOW).state,
      EMPTY_POOL,
    );
    expect(
      written((paper) => {
        writePool(paper, viewPool(state, NOW));
      }),
    ).toEqual([
      'HOST\tSLOTS\tTAKEN',
      'h\t2\t2',
      '',
      'PROVIDER\tSLOTS\tTAKEN\tFAILED IN A ROW\tPAUSED',
      'anthropic\tany\t2\t0\t',
      '',
      'TASK\tPLACE\tHOST\tPROVIDER\tPRIORITY\tSINCE OR WHY',
      'A\tworks\th\tanthropic\t\t2026-11-21T09:00:00.000Z',
      'B\tworks\th\tanthropic\t\t2026-11-21T09:00:00.000Z',
      'C\t1\th\tanthropic\tnone\thost h has 2 of 2 agent slots taken',
    ]);
  });

  it('are none before the first was asked for', () => {
    const empty = viewPool(EMPTY_POOL, NOW);
    expect(
      written((paper) => {
        writePool(paper, empty);
      }),
    ).toEqual(['no agent was asked for yet']);
  });
});

describe('the budget of a project', () => {
  const limits = { dayUsd: 5, projectUsd: null };
  const request = (name: string) => ({
    ...{ requestId: name, workflowId: `task:${name}`, life: `${name}.1`, usd: 2 },
    ...{ extraUsd: 0, limits },
  });

  it('shows what is spent, unknown, put aside and wanted', () => {
    let state = EMPTY_BUDGET;
    for (const name of ['A', 'B', 'C', 'D'])
      state = takeMoneyRequest(state, request(name), NOW).state;
    state = settleMoney(state, { requestId: 'A', usd: null }, NOW).state;
    const about = { project: 'notes', limits, view: viewBudget(state, NOW) };
    expect(
      written((paper) => {
        writeBudget(paper, about);
      }),
    ).toEqual([
      'SPAN\tSPENT\tUNKNOWN PRICE\tOF IT ADDED\tLIMIT',
      '2026-11-21\t$0.00\t$2.00\t$0.00\t$5.00',
      '2026-11\t$0.00\t$2.00\t$0.00\tnone',
      'all\t$0.00\t$2.00\t$0.00\tnone',
      '',
      'put aside for runs (1): $2.00',
      '',
      'TASK\tWANTS\tWHY IT WAITS',
      ...['C', 'D'].map(
        (name) => expect.stringMatching(`^${name}\t\\$2.00\t.*for the day`) as string,
      ),
    ]);
  });

  it('says so when nothing was spent under a limit', () => {
    const about = { project: 'notes', limits, view: null };
    expect(
      written((paper) => {
        writeBudget(paper, about);
      }),
    ).toEqual(['notes: nothing was spent under a limit yet ($5.00 a day, no limit in all)']);
  });
});

it('the budget of a task names what is unknown and who added', () => {
  const budget = {
    ...{ id: 'NOTE-1', limitUsd: 10, addedUsd: 5 },
    spent: { knownUsd: 1, unknownRuns: 1, unknownUsd: 2 },
    additions: [{ usd: 5, by: 'anna' }],
  };
  expect(
    written((paper) => {
      writeTaskBudget(paper, budget);
    }),
  ).toEqual([
    'NOTE-1 spent $1.00 and 1 run of unknown price (counted as $2.00), of $15.00',
    'anna added $5.00',
  ]);
});

it('an addition to a task without a limit says that it changes nothing yet', () => {
  const addition = { id: 'NOTE-1', usd: 5, answer: { kind: 'added', extraUsd: 7 } } as const;
  expect(describeAddition({ ...addition, limitUsd: 10 })).toBe('NOTE-1: $5.00 added, $7.00 in all');
  expect(describeAddition({ ...addition, limitUsd: null })).toBe(
    'NOTE-1: $5.00 added, $7.00 in all; it has no limit, so this changes nothing yet',
  );
});
