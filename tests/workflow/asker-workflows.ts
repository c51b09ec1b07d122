import { condition, defineQuery, defineSignal, setHandler } from '@temporalio/workflow';
import { acquireAgentSlot, giveBackSlot, takeSlotAnswer } from '../../workflows/agent-slots.ts';
import { beforePolicy } from '../../workflows/calls.ts';
import {
  addBudget,
  laneAnswered,
  moneyAnswered,
  slotAnswered,
  view,
} from '../../workflows/contract.ts';
import type { TaskArgs } from '../../workflows/contract.ts';
import type { SlotAnswer } from '../../workflows/domain/agent-slot.ts';
import type { SlotReport } from '../../workflows/domain/breaker.ts';
import type { MoneyAnswer } from '../../workflows/domain/budget.ts';
import { viewOf } from '../../workflows/domain/view.ts';
import { settleEffects } from '../../workflows/effects-queue.ts';
import { takeLaneAnswer } from '../../workflows/grants.ts';
import { reserveMoney, settleMoney, takeAddition, takeMoneyAnswer } from '../../workflows/money.ts';
import { createContext } from '../../workflows/task-context.ts';

export { agentPool } from '../../workflows/agent-pool.ts';
export { budget } from '../../workflows/budget.ts';
export { repoLane } from '../../workflows/repo-lane.ts';

/** What pool and budget told an asker so far. */
export interface Told {
  slots: SlotAnswer[];
  money: MoneyAnswer[];
}

export const told = defineQuery<Told>('told');
export const leave = defineSignal('leave');

/** Stands in for a task: takes what it is answered and says nothing by itself. */
export async function asker(): Promise<void> {
  const memory: Told = { slots: [], money: [] };
  let isOver = false;
  setHandler(slotAnswered, (answer) => void memory.slots.push(answer));
  setHandler(moneyAnswered, (answer) => void memory.money.push(answer));
  setHandler(leave, () => void (isOver = true));
  setHandler(told, () => memory);
  await condition(() => isOver);
}

export const stage = defineQuery<string>('stage');
export const finishRun = defineSignal<[RunEnd]>('finishRun');

/** How a made-up run ends. */
export interface RunEnd {
  report: SlotReport;
  usd: number | null;
}

/** A task that does nothing but one run: money, slot, a run that ends when the test says so, and both given back. */
export async function runner({ input, carried }: TaskArgs): Promise<void> {
  if (carried === null) throw new Error('it has no state of its own');
  const ctx = createContext(carried, await beforePolicy.readPolicy({ project: input.project }));
  const ends: RunEnd[] = [];
  let at = 'asks for money';
  setHandler(laneAnswered, (answer) => takeLaneAnswer(ctx, answer));
  setHandler(slotAnswered, (answer) => takeSlotAnswer(ctx, answer));
  setHandler(moneyAnswered, (answer) => takeMoneyAnswer(ctx, answer));
  setHandler(addBudget, (addition) => takeAddition(ctx, addition));
  setHandler(finishRun, (end) => void ends.push(end));
  setHandler(view, () => viewOf(ctx.state));
  setHandler(stage, () => at);
  const reservation = await reserveMoney(ctx, 'developer');
  at = 'asks for a slot';
  const slot = await acquireAgentSlot(ctx, { provider: 'anthropic', rejoin: false });
  at = 'runs';
  await condition(() => ends.length > 0);
  for (const { report, usd } of ends) {
    await giveBackSlot(ctx, slot, report);
    await settleMoney(ctx, reservation, usd);
  }
  await settleEffects(ctx);
}
