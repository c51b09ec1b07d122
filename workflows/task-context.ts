import {
  condition,
  setCurrentDetails,
  upsertSearchAttributes,
  workflowInfo,
} from '@temporalio/workflow';
import { ATTRIBUTES } from './contract.ts';
import { boardStatusOf } from './domain/board-status.ts';
import { describeTask } from './domain/describe-task.ts';
import type { BoardStatus, Effect } from './domain/effects.ts';
import type { GestureVerdict } from './domain/gestures.ts';
import type { TaskPolicy } from './domain/policy.ts';
import type { RunKind, RunKey } from './domain/runs.ts';
import { isRunning } from './domain/progress.ts';
import type { TaskState, Wait, WaitSubject } from './domain/task-state.ts';
import { isHumanWait } from './domain/waits.ts';

/** What signals bring in. Handlers write it, the task's own code reads it. */
export interface Inbox {
  boardHints: number;
  forgeHints: number;
  /** fences of grants that arrived and were not taken up yet, by request id */
  laneAnswers: Map<string, number>;
  /** the newest gesture that has an effect and was not used yet */
  gesture: GestureVerdict | null;
  /** requests to the lane that are still wanted; a grant for any other is given back */
  wanted: Set<string>;
  /** requests to agent pool and budget that were granted and not taken up yet */
  granted: Set<string>;
}

/** One task in memory: its durable state, the policy of its stage and what arrived. */
export interface TaskContext {
  state: TaskState;
  policy: TaskPolicy;
  /** the policy answered by the last effects, used from the next stage on */
  nextPolicy: TaskPolicy;
  readonly inbox: Inbox;
  readonly effects: Effect[];
  areEffectsRunning: boolean;
  isListenerBusy: boolean;
  /** the board status last asked for; null = unknown, ask again */
  mirrored: BoardStatus | null;
  published: string;
  /** cuts what is under way short; set while something is that may be cut */
  interrupt: () => void;
}

/** A context around a state that may have been carried over. */
export function createContext(state: TaskState, policy: TaskPolicy): TaskContext {
  return {
    state,
    policy,
    nextPolicy: policy,
    inbox: {
      boardHints: 0,
      forgeHints: 0,
      laneAnswers: new Map(),
      gesture: null,
      wanted: new Set(),
      granted: new Set(),
    },
    effects: [],
    areEffectsRunning: false,
    isListenerBusy: false,
    mirrored: null,
    published: '',
    interrupt: () => undefined,
  };
}

/** Changes the state and shows the change: search attributes, details in the Temporal UI, board status. */
export function change(ctx: TaskContext, patch: Partial<TaskState>): void {
  ctx.state = { ...ctx.state, ...patch };
  publish(ctx);
}

/** Begins a named wait; every wait has a name, an owner and a start. */
export function enterWait(ctx: TaskContext, on: WaitSubject, detail: string): void {
  const current = ctx.state.wait;
  if (current?.on === on && current.detail === detail) return;
  const since = current?.on === on ? current.since : now();
  change(ctx, { wait: { on, detail, since } });
}

/** Ends the wait that is on, if any, and books a person's time. */
export function leaveWait(ctx: TaskContext): void {
  const wait: Wait | null = ctx.state.wait;
  if (wait === null) return;
  const waitedMs = isHumanWait(wait.on) ? Date.now() - Date.parse(wait.since) : 0;
  change(ctx, { wait: null, humanMs: ctx.state.humanMs + waitedMs });
}

/** The key of a new run; its iteration is used up. */
export function nextRunKey(ctx: TaskContext, kind: RunKind): RunKey {
  const iteration = nextIteration(ctx);
  const { stage, ref } = ctx.state;
  if (!isRunning(stage)) throw new Error(`no run can start in ${stage}`);
  const key = { life: ref.life, resetEpoch: 0, stage, kind, iteration };
  ctx.state = { ...ctx.state, lastRun: key };
  return key;
}

/** A number never used before in this life. */
export function nextIteration(ctx: TaskContext): number {
  ctx.state = { ...ctx.state, iteration: ctx.state.iteration + 1 };
  return ctx.state.iteration;
}

/** The workflow's clock as ISO text. */
export function now(): string {
  return new Date(Date.now()).toISOString();
}

/** Waits for a forge hint or the time-out; hints are used up. */
export async function forgeHintOr(ctx: TaskContext, timeoutMs: number): Promise<void> {
  await condition(() => ctx.inbox.forgeHints > 0, timeoutMs, {
    summary: 'look again without a hint',
  });
  ctx.inbox.forgeHints = 0;
}

/** Whether history is long enough to go on in a new run at the next place that allows it. */
export function isHistoryLong(): boolean {
  const { historyLength, continueAsNewSuggested } = workflowInfo();
  return continueAsNewSuggested || historyLength >= 2_000;
}

function publish(ctx: TaskContext): void {
  const { state } = ctx;
  setCurrentDetails(describeTask(state));
  if (state.title === '') return;
  const status = boardStatusOf(state);
  if (status !== null && status !== ctx.mirrored) {
    ctx.mirrored = status;
    ctx.effects.push({ kind: 'status', status });
  }
  publishAttributes(ctx);
}

function publishAttributes(ctx: TaskContext): void {
  const { stage, wait, track, escalated, visits, startedAt } = ctx.state;
  const waitingOn = wait?.on ?? 'none';
  const shown = [stage, waitingOn, track, String(escalated !== null)].join(' ');
  if (shown === ctx.published) return;
  ctx.published = shown;
  upsertSearchAttributes([
    { key: ATTRIBUTES.stage, value: stage },
    { key: ATTRIBUTES.waitingOn, value: waitingOn },
    { key: ATTRIBUTES.track, value: track },
    { key: ATTRIBUTES.escalated, value: escalated !== null },
    { key: ATTRIBUTES.stageSince, value: new Date(visits.at(-1)?.startedAt ?? startedAt) },
  ]);
}
