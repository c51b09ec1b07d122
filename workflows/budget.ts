import { continueAsNew, getExternalWorkflowHandle, setHandler } from '@temporalio/workflow';
import { budgetView, moneyAnswered, moneyRequested, moneySettled } from './contract.ts';
import type { BudgetArgs } from './contract.ts';
import {
  advanceBudget,
  budgetWakeAt,
  dropMoney,
  EMPTY_BUDGET,
  settleMoney,
  takeMoneyRequest,
  viewBudget,
} from './domain/budget.ts';
import type { BudgetChange, BudgetState, Spent } from './domain/budget.ts';
import { keepGranting } from './grantor.ts';
import type { Grantor } from './grantor.ts';

/**
 * Keeps one project's money: put aside before a run, settled after it, against the limits of the day and of the project. It
 * lives for ever by continue-as-new.
 *
 * | state | event | next | if the step fails |
 * | --- | --- | --- | --- |
 * | request unknown | moneyRequested | put aside or queued, answered | the waiter repeats its request |
 * | request known | moneyRequested | limits and additions taken over, answered again | the waiter repeats its request |
 * | put aside | settled at a price | spent, the line looked at again | the sweep finds the closed task |
 * | put aside | settled at an unknown price | what was put aside stays counted, as unknown | the sweep finds the closed task |
 * | put aside | its task dies | as settled at an unknown price | the next sweep |
 * | queued | the day turns | granted when it fits | the timer is durable |
 * | any | history long | continue as new with the state | the old run goes on |
 */
export async function budget(args: BudgetArgs): Promise<void> {
  let state: BudgetState = args.carried ?? EMPTY_BUDGET;
  const outbox: Grantor['outbox'] = [];
  const take = (change: BudgetChange): void => {
    state = change.state;
    for (const { workflowId, answer } of change.answers) {
      outbox.push(() => getExternalWorkflowHandle(workflowId).signal(moneyAnswered, answer));
    }
  };
  setHandler(moneyRequested, (request) => {
    take(takeMoneyRequest(state, request, Date.now()));
  });
  setHandler(moneySettled, (settlement) => {
    take(settleMoney(state, settlement, Date.now()));
  });
  setHandler(budgetView, () => viewBudget(state, Date.now()));
  await keepGranting({
    outbox,
    sweepMs: args.sweepMs,
    describe: () => describe(args.project, state),
    holders: () => [...state.reservations, ...state.queue],
    drop: (requestIds) => {
      take(dropMoney(state, requestIds, Date.now()));
    },
    wakeAt: () => budgetWakeAt(state, Date.now()),
    wake: () => {
      take(advanceBudget(state, Date.now()));
    },
  });
  await continueAsNew<typeof budget>({ ...args, carried: state });
}

function describe(project: string, state: BudgetState): string {
  const { limits, day, month, project: all, asideUsd, queue } = viewBudget(state, Date.now());
  const row = (name: string, spent: Spent, limitUsd: number | null): string =>
    `- ${name}: $${spent.knownUsd.toFixed(2)}, unknown $${spent.unknownUsd.toFixed(2)}${limitUsd === null ? '' : `, limit $${limitUsd.toFixed(2)}`}`;
  return [
    `**${project}**`,
    row(day.span, day, limits.dayUsd),
    row(month.span, month, null),
    row('all', all, limits.projectUsd),
    `- put aside: $${asideUsd.toFixed(2)}`,
    '',
    '**wait**',
    ...queue.map(({ workflowId, reason }) => `- ${workflowId}: ${reason}`),
  ].join('\n');
}
