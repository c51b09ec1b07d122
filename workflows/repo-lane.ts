import {
  allHandlersFinished,
  condition,
  continueAsNew,
  getExternalWorkflowHandle,
  setCurrentDetails,
  setHandler,
} from '@temporalio/workflow';
import {
  forgeChanged,
  grantReleased,
  grantRequested,
  laneAnswered,
  laneView,
  statusReported,
  taskEnded,
} from './contract.ts';
import type { LaneArgs, LaneView } from './contract.ts';
import { dropRequests, EMPTY_LANE, forgetTask, takeRequest } from './domain/lane.ts';
import type { LaneChange, LaneState } from './domain/lane.ts';
import { findDead, isHistoryFull, sendGuarded } from './grantor.ts';

const SWEEP_MS = 60_000;
const SWEEP_TIMER = { summary: 'see whether the holders live' };

/**
 * The one writer per repository: FIFO admission, one staging and one production slot, fences that never go back.
 * Lives for ever by continue-as-new.
 *
 * | state | event | next | if the step fails |
 * | --- | --- | --- | --- |
 * | request unknown | grantRequested | granted or queued, answered | the waiter repeats its request |
 * | request known | grantRequested | unchanged, answered again | the waiter repeats its request |
 * | granted | grantReleased, taskEnded | place free, first in line granted | the sweep finds the closed holder |
 * | granted | holder dies | sweep drops it | the next sweep |
 * | any | history long | continue as new with the state | the old run goes on |
 */
export async function repoLane(args: LaneArgs): Promise<void> {
  const { carried, sweepMs = SWEEP_MS } = args;
  let state: LaneState = carried ?? EMPTY_LANE;
  let statuses = 0;
  const outbox: (() => Promise<void>)[] = [];

  const take = (change: LaneChange): void => {
    state = change.state;
    for (const { workflowId, answer } of change.answers) {
      outbox.push(() => getExternalWorkflowHandle(workflowId).signal(laneAnswered, answer));
    }
  };
  setHandler(grantRequested, (request) => {
    take(takeRequest(state, request, Date.now()));
  });
  setHandler(grantReleased, ({ requestId }) => {
    take(dropRequests(state, [requestId], Date.now()));
  });
  setHandler(taskEnded, (task) => {
    take(forgetTask(state, task, Date.now()));
  });
  setHandler(statusReported, () => {
    statuses += 1;
  });
  setHandler(laneView, () => viewOf(state));

  const hint = async (id: string): Promise<void> => {
    const isThere = await sendGuarded(() => getExternalWorkflowHandle(id).signal(forgeChanged));
    if (!isThere) state = { ...state, tasks: state.tasks.filter((other) => other !== id) };
  };
  const flush = async (): Promise<void> => {
    if (statuses > 0) {
      statuses = 0;
      await Promise.all(state.tasks.map(hint));
    }
    await Promise.all(outbox.splice(0).map(sendGuarded));
  };
  const hasWork = (): boolean => outbox.length > 0 || statuses > 0;
  const isBusy = (): boolean => hasWork() || isHistoryFull();
  // A fixed time, not a pause: a lane that is woken all the time still finds its dead holders.
  let sweepAt = Date.now() + sweepMs;
  while (!isHistoryFull()) {
    setCurrentDetails(describe(state));
    if (state.holders.length === 0) {
      await condition(isBusy);
      sweepAt = Date.now() + sweepMs;
    } else if (!(await condition(isBusy, Math.max(1, sweepAt - Date.now()), SWEEP_TIMER))) {
      const dead = await findDead(state.holders);
      // `state` is read after the wait: what was asked or given back meanwhile must not be undone.
      take(dropRequests(state, dead, Date.now()));
      sweepAt = Date.now() + sweepMs;
    }
    await flush();
  }
  while (hasWork() || !allHandlersFinished()) {
    await condition(allHandlersFinished);
    await flush();
  }
  await continueAsNew<typeof repoLane>({ ...args, carried: state });
}

function viewOf(state: LaneState): LaneView {
  return {
    holders: state.holders.map(({ kind, workflowId, fence }) => ({
      kind,
      workflowId,
      fence: fence ?? 0,
    })),
    queue: state.queue.map(({ kind, workflowId }, index) => ({
      kind,
      workflowId,
      position: state.queue.slice(0, index + 1).filter((entry) => entry.kind === kind).length,
    })),
  };
}

function describe(state: LaneState): string {
  const held = state.holders.map((holder) => `- ${holder.kind}: ${holder.workflowId}`);
  const queued = state.queue.map((entry) => `- ${entry.workflowId} waits for ${entry.kind}`);
  return [`**held**`, ...held, '', `**waiting**`, ...queued].join('\n');
}
