import {
  allHandlersFinished,
  ApplicationFailure,
  CancellationScope,
  condition,
  continueAsNew,
  getExternalWorkflowHandle,
  isCancellation,
  log,
  setHandler,
  TemporalFailure,
  workflowInfo,
} from '@temporalio/workflow';
import { takeSlotAnswer } from './agent-slots.ts';
import { beforePolicy, onFlow, onHost } from './calls.ts';
import {
  addBudget,
  boardChanged,
  forgeChanged,
  laneAnswered,
  laneWorkflowId,
  moneyAnswered,
  slotAnswered,
  stop,
  taskEnded,
  view,
} from './contract.ts';
import type { TaskArgs } from './contract.ts';
import { findStart } from './domain/gestures.ts';
import { newTask } from './domain/progress.ts';
import { judgeAddition } from './domain/task-money.ts';
import type { MoneyAddition } from './domain/budget.ts';
import type { TaskInput } from './domain/task-state.ts';
import { viewOf } from './domain/view.ts';
import { settleEffects } from './effects-queue.ts';
import { listenToBoard } from './gestures.ts';
import { takeLaneAnswer } from './grants.ts';
import { takeAddition, takeMoneyAnswer } from './money.ts';
import { requestStop } from './stop.ts';
import { createContext, now } from './task-context.ts';
import type { TaskContext } from './task-context.ts';
import { walkStages } from './walk-stages.ts';

const CLOSE_MS = 120_000;

/**
 * One board item from start gesture to done. The body cannot be cancelled: a cancel request is a STOP gesture.
 * A run that finds no start writes nothing and ends.
 */
export async function task(args: TaskArgs): Promise<void> {
  const ctx = await open(args);
  listenToCancel(ctx);
  await CancellationScope.nonCancellable(async () => {
    const listener = new CancellationScope();
    const listening = listener.run(() => listenToBoard(ctx)).catch(ignoreCancellation);
    await walkStages(ctx);
    listener.cancel();
    await listening;
    await close(ctx);
    await drain(ctx, args.input);
  });
}

/** Reads the policy and binds the handlers; hints that came with the start are already counted. */
async function open(args: TaskArgs): Promise<TaskContext> {
  const { firstExecutionRunId } = workflowInfo();
  const { input, carried } = args;
  const state =
    carried ?? newTask({ input, firstRunId: firstExecutionRunId, generation: 1, now: now() });
  const early = { board: 0, forge: 0 };
  setHandler(boardChanged, () => void (early.board += 1));
  setHandler(forgeChanged, () => void (early.forge += 1));
  const policy = await CancellationScope.nonCancellable(() =>
    beforePolicy.readPolicy({ project: input.project }),
  );
  const ctx = createContext(state, policy);
  const { inbox } = ctx;
  // What came before the first reading is seen by the first reading.
  inbox.boardHints = carried === null ? 0 : early.board;
  inbox.forgeHints = early.forge;
  setHandler(boardChanged, () => void (inbox.boardHints += 1));
  setHandler(forgeChanged, () => void (inbox.forgeHints += 1));
  setHandler(laneAnswered, (answer) => takeLaneAnswer(ctx, answer));
  setHandler(slotAnswered, (answer) => takeSlotAnswer(ctx, answer));
  setHandler(moneyAnswered, (answer) => takeMoneyAnswer(ctx, answer));
  setHandler(addBudget, (addition) => takeAddition(ctx, addition), { validator: checkAddition });
  setHandler(stop, ({ by }) => requestStop(ctx, by));
  setHandler(view, () => viewOf(ctx.state));
  return ctx;
}

function checkAddition(addition: MoneyAddition): void {
  const problem = judgeAddition(addition);
  if (problem !== null) throw ApplicationFailure.nonRetryable(problem);
}

function listenToCancel(ctx: TaskContext): void {
  CancellationScope.current().cancelRequested.catch(() => {
    // This runs in the cancelled scope: what it started there would be cancelled with it.
    void CancellationScope.nonCancellable(async () => {
      requestStop(ctx, 'temporal');
      await settleEffects(ctx);
    });
  });
}

/** Everything a finished life leaves: last effects, evidence, a free lane. */
async function close(ctx: TaskContext): Promise<void> {
  await settleEffects(ctx);
  const { stage, ref, evidence } = ctx.state;
  if (stage === 'none') return;
  if (ctx.state.host !== null) {
    await tolerate('the workspace was not removed', () =>
      onHost(ctx, 'keep the evidence, remove the tree', CLOSE_MS).closeWorkspace({
        task: ref,
        evidence,
      }),
    );
  }
  await tolerate('the lane was not told', () =>
    getExternalWorkflowHandle(laneWorkflowId(ref.repo)).signal(taskEnded, {
      workflowId: workflowInfo().workflowId,
      life: ref.life,
    }),
  );
}

/** No hint is lost while closing: one that asks to start again begins a fresh generation. */
async function drain(ctx: TaskContext, input: TaskInput): Promise<void> {
  await condition(allHandlersFinished);
  while (ctx.inbox.boardHints > 0) {
    ctx.inbox.boardHints = 0;
    const item = await onFlow(ctx, 'a hint arrived while closing').readItem(input);
    const { startEntryAt, stage, generation: ended } = ctx.state;
    if (item === null || findStart(item, startEntryAt) === null) continue;
    const { firstExecutionRunId: firstRunId } = workflowInfo();
    const generation = stage === 'none' ? ended : ended + 1;
    const fresh = newTask({ input, firstRunId, generation, now: now() });
    await continueAsNew<typeof task>({ input, carried: { ...fresh, startEntryAt } });
  }
}

async function tolerate(what: string, act: () => Promise<void>): Promise<void> {
  try {
    await act();
  } catch (error) {
    if (!(error instanceof TemporalFailure)) throw error;
    log.warn(what, { reason: error.message });
  }
}

function ignoreCancellation(error: unknown): void {
  if (!isCancellation(error)) throw error;
}
