import {
  allHandlersFinished,
  condition,
  continueAsNew,
  isCancellation,
  log,
  sleep,
  TemporalFailure,
} from '@temporalio/workflow';
import { onFlow } from './calls.ts';
import type { TaskArgs } from './contract.ts';
import type { BoardItem, StateEntry } from './domain/board-item.ts';
import { boardStatusOf } from './domain/board-status.ts';
import { judgeGesture, logLags, readGestures } from './domain/gestures.ts';
import type { GestureReading, GestureVerdict } from './domain/gestures.ts';
import { isRunning } from './domain/progress.ts';
import type { WaitSubject } from './domain/task-state.ts';
import { isHumanWait } from './domain/waits.ts';
import { comment, sendEffects, settleEffects } from './effects-queue.ts';
import { requestStop } from './stop.ts';
import { change, enterWait, isHistoryLong, leaveWait } from './task-context.ts';
import type { TaskContext } from './task-context.ts';

const LAG_TRIES = 5;
const LAG_MS = 200;
const MAX_CONSUMED = 200;

/**
 * Waits for a person. The board is re-read on every hint and on a timer that backs off (see `listenToBoard`); a long
 * history goes on in a new run here, where nothing else is under way.
 */
export async function awaitGesture(
  ctx: TaskContext,
  on: WaitSubject,
  detail: string,
): Promise<GestureVerdict> {
  ctx.inbox.gesture = null;
  enterWait(ctx, on, detail);
  await settleEffects(ctx);
  await condition(() => ctx.inbox.gesture !== null || (isHistoryLong() && isQuiet(ctx)));
  const gesture = takeGesture(ctx);
  if (gesture === null) return continueTask(ctx);
  leaveWait(ctx);
  return gesture;
}

/** The gesture that waits to be used, used up; null = none. */
export function takeGesture(ctx: TaskContext): GestureVerdict | null {
  const { gesture } = ctx.inbox;
  ctx.inbox.gesture = null;
  return gesture;
}

/** Goes on in a new run when the history is long. Only between two tries of a stage, where it has nothing under way. */
export async function continueIfLong(ctx: TaskContext): Promise<void> {
  if (!isHistoryLong()) return;
  sendEffects(ctx);
  await condition(() => isQuiet(ctx));
  await continueTask(ctx);
}

/** The same, but never waits: for a wait whose end must not be missed. What is not sent yet is sent for the next time. */
export async function continueIfQuiet(ctx: TaskContext): Promise<void> {
  if (!isHistoryLong()) return;
  if (isQuiet(ctx)) await continueTask(ctx);
  sendEffects(ctx);
}

/** Whether every hint and every effect is dealt with: nothing a new run would not know of. */
function isQuiet(ctx: TaskContext): boolean {
  const isSent = ctx.effects.length === 0 && !ctx.areEffectsRunning;
  return isSent && !ctx.isListenerBusy && ctx.inbox.boardHints === 0 && allHandlersFinished();
}

/** Goes on in a new run with the same state; no await may come between this and finding it quiet. */
function continueTask(ctx: TaskContext): Promise<never> {
  const { project, id, itemId, repo } = ctx.state.ref;
  return continueAsNew<(args: TaskArgs) => Promise<void>>({
    input: { project, id, itemId, repo },
    carried: ctx.state,
  });
}

/**
 * Reads the board whenever it may have changed, for the whole life of a task: on hints always, on a timer while a person
 * is waited for. Runs beside the stages; what comes when they are over is left for the next life to read.
 *
 * | state | event | what happens | if it fails |
 * | --- | --- | --- | --- |
 * | nobody waited for | hint | the log is read, gestures are consumed and answered | the call is retried; the hint stays used, the next one reads all |
 * | a person waited for | hint or timer | the same; a fitting gesture ends the wait | the timer comes again |
 * | log behind the state | - | read again with back-off | the timer comes again |
 */
export async function listenToBoard(ctx: TaskContext): Promise<void> {
  await condition(() => ctx.state.title !== '');
  let pauseMs = ctx.policy.rereadMs;
  while (isRunning(ctx.state.stage)) {
    const isHinted = await nextLook(ctx, pauseMs);
    pauseMs = isHinted ? ctx.policy.rereadMs : Math.min(pauseMs * 2, ctx.policy.rereadMaxMs);
    ctx.isListenerBusy = true;
    try {
      await lookAtBoard(ctx);
    } catch (error) {
      if (isCancellation(error)) ctx.inbox.boardHints += 1;
      if (isCancellation(error) || !(error instanceof TemporalFailure)) throw error;
      log.warn('the board could not be read', { reason: error.message });
    }
    ctx.isListenerBusy = false;
  }
}

function isWaitingForPerson(ctx: TaskContext): boolean {
  const on = ctx.state.wait?.on;
  return on !== undefined && isHumanWait(on);
}

async function nextLook(ctx: TaskContext, pauseMs: number): Promise<boolean> {
  const isHinted = (): boolean => ctx.inbox.boardHints > 0;
  await condition(() => isHinted() || isWaitingForPerson(ctx));
  if (isHinted()) return true;
  return condition(isHinted, pauseMs, { summary: 'read the board without a hint' });
}

/** Reads the item and its log once and acts on what is new there. */
async function lookAtBoard(ctx: TaskContext): Promise<void> {
  ctx.inbox.boardHints = 0;
  const item = await readSettledItem(ctx);
  if (!isRunning(ctx.state.stage)) ctx.inbox.boardHints += 1;
  if (item === null || !isRunning(ctx.state.stage)) return;
  const reading = readGestures(item, ctx.state);
  if (reading.consumed.length === 0) return;
  consume(ctx, item, reading);
  sendEffects(ctx);
}

/** The item once its log explains its state; after a few tries, as it is. */
async function readSettledItem(ctx: TaskContext): Promise<BoardItem | null> {
  const { ref } = ctx.state;
  for (let attempt = 0; ; attempt += 1) {
    const item = await onFlow(ctx, 'what people did on the board').readItem(ref);
    if (item === null || !logLags(item) || attempt >= LAG_TRIES) return item;
    await sleep(LAG_MS * 2 ** attempt, { summary: 'the activity log lags behind the state' });
  }
}

function consume(ctx: TaskContext, item: BoardItem, reading: GestureReading): void {
  const before = ctx.state;
  ctx.state = {
    ...before,
    consumedEntries: [...before.consumedEntries, ...reading.consumed].slice(-MAX_CONSUMED),
  };
  for (const entry of reading.superseded) {
    comment(ctx, {
      key: `superseded-${entry.id}`,
      by: 'stream',
      text: {
        kind: 'gesture-ignored',
        gesture: entry.to,
        because: 'a later one replaced it',
      },
    });
  }
  if (reading.stop !== null) requestStop(ctx, 'board');
  const { acting } = reading;
  if (acting !== null && acting.to !== boardStatusOf(ctx.state)) {
    answer(ctx, acting, judgeGesture(acting, ctx.state, item));
  }
  ctx.mirrored = null;
  if (ctx.inbox.gesture === null) change(ctx, {});
}

function answer(ctx: TaskContext, entry: StateEntry, verdict: GestureVerdict): void {
  const { id: entryId, to: gesture } = entry;
  switch (verdict.kind) {
    case 'ignore':
      comment(ctx, {
        key: `ignored-${entryId}`,
        by: 'stream',
        text: {
          kind: 'gesture-ignored',
          gesture,
          because: verdict.because,
        },
      });
      return;
    case 'restore':
      comment(ctx, {
        key: `restored-${entryId}`,
        by: 'stream',
        text: {
          kind: 'status-restored',
          found: gesture,
          use: verdict.use,
        },
      });
      return;
    default:
      ctx.inbox.gesture = verdict;
  }
}
