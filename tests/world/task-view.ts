import type { Life, RepoSlug, Sha, TaskId } from '../../workflows/domain/ids.ts';
import type { TaskRef, TaskView } from '../../workflows/domain/task-state.ts';

/** A task's reference in life `life`. */
export function taskRef(life: string): TaskRef {
  return {
    project: 'notes',
    id: 'NOTE-1' as TaskId,
    itemId: 'item-1',
    repo: 'acme/notes' as RepoSlug,
    life: life as Life,
    branch: 'feature/NOTE-1-health',
  };
}

/** A task in development, with `changes` on top. */
export function taskView(life: string, changes: Partial<TaskView> = {}): TaskView {
  return {
    ref: taskRef(life),
    title: 'Add a health endpoint',
    track: 'full',
    stage: 'development',
    wait: null,
    escalated: null,
    stop: null,
    returns: 0,
    startedAt: '2026-11-21T09:00:00.000Z',
    endedAt: null,
    visits: [],
    runs: [],
    humanMs: 0,
    pullRequest: null,
    workHead: null,
    seal: null,
    build: null,
    stagingDigest: null,
    productionDigest: null,
    landed: null,
    mustFix: null,
    notes: [],
    evidence: [],
    host: null,
    openRun: null,
    additions: [],
    ...changes,
  };
}

/** A made-up git object name. */
export const sha = (digit: string): Sha => digit.repeat(40) as Sha;
