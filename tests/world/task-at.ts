import type { BoardItem, StateEntry } from '../../workflows/domain/board-item.ts';
import type { TaskPolicy } from '../../workflows/domain/policy.ts';
import { newTask } from '../../workflows/domain/progress.ts';
import { ROLES } from '../../workflows/domain/stages.ts';
import type { TaskStage } from '../../workflows/domain/stages.ts';
import type { TaskState, WaitSubject } from '../../workflows/domain/task-state.ts';
import { taskRef } from './task-view.ts';

const MINUTE_MS = 60_000;
const roles = ROLES.map((role) => [
  role,
  {
    agent: 'claude',
    model: null,
    effort: null,
    fallbackModel: null,
    timeoutMs: 30 * MINUTE_MS,
    maxBudgetUsd: null,
    maxTurns: null,
    idleMs: 20 * MINUTE_MS,
    afterResultMs: MINUTE_MS,
  },
]);

/** The shipped policy of a project with both environments. */
export const defaultPolicy: TaskPolicy = {
  version: 'shipped',
  maxReturns: 3,
  maxProducerAttempts: 2,
  maxConflicts: 2,
  maxRereviews: 2,
  maxLostRaces: 3,
  maxInfraRetries: 3,
  labels: { bug: 'Bug', autoApprove: 'autoApprove', autoDeploy: 'autoDeploy' },
  autoApproveAllowed: true,
  autoDeployAllowed: true,
  confirmation: 'human',
  roles: Object.fromEntries(roles) as TaskPolicy['roles'],
  budget: { taskUsd: null, dayUsd: null, projectUsd: null, reserveUsd: 2, noProgressUsd: null },
  ciDeadlineMs: 30 * MINUTE_MS,
  testTimeoutMs: 15 * MINUTE_MS,
  staging: { target: 'notes-staging', url: 'http://127.0.0.1:8601' },
  production: { target: 'notes-production', url: 'http://127.0.0.1:8602' },
  watchWindowMs: 15 * MINUTE_MS,
  watchIntervalMs: 30_000,
  shortTimeoutMs: 30_000,
  heartbeatTimeoutMs: 30_000,
  rereadMs: 30_000,
  rereadMaxMs: 5 * MINUTE_MS,
  laneRepeatMs: 5 * MINUTE_MS,
  language: 'en',
};

/** ISO time `minute` minutes into the made-up day all builders share. */
export const at = (minute: number): string =>
  new Date(Date.UTC(2026, 10, 21, 9, minute)).toISOString();

/** NOTE-1 in `stage`, started at minute 0, with `patch` on top. */
export function taskAt<S extends TaskStage>(
  stage: S,
  patch: Partial<TaskState> = {},
): TaskState & { stage: S } {
  const ref = taskRef('run-1.1');
  const fresh = newTask({ input: ref, firstRunId: 'run-1', generation: 1, now: at(0) });
  return {
    ...fresh,
    ref,
    title: 'Add a health endpoint',
    startEntryAt: at(0),
    consumedEntries: ['start'],
    ...patch,
    stage,
  };
}

/** A wait for `on` that began at minute 1. */
export const waitFor = (on: WaitSubject): TaskState['wait'] => ({
  on,
  detail: `waits for ${on}`,
  since: at(1),
});

/** One change of state by `actorId`, `minute` minutes into the day; its id says all of it. */
export function entry(to: string, minute: number, actorId = 'anna'): StateEntry {
  return { id: `${to}@${minute}`, at: at(minute), actorId, actorName: actorId, to };
}

/** An item anna made and moved to To Analyse at minute 0; anna and olga are members, anna alone approves. */
export function boardItem(patch: Partial<BoardItem> = {}): BoardItem {
  return {
    title: 'Add a health endpoint',
    hasDescription: true,
    labels: [],
    stateName: 'To Analyse',
    stateGroup: 'unstarted',
    priority: 'none',
    createdById: 'anna',
    entries: [entry('To Analyse', 0)],
    humanIds: ['anna', 'olga'],
    approverIds: ['anna'],
    ...patch,
  };
}
