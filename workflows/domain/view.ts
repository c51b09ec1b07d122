import type { TaskState, TaskView } from './task-state.ts';

/** The part of a task's state that others may see. */
export function viewOf(state: TaskState): TaskView {
  return {
    ref: state.ref,
    title: state.title,
    track: state.track,
    stage: state.stage,
    wait: state.wait,
    escalated: state.escalated,
    stop: state.stop,
    returns: state.returns,
    startedAt: state.startedAt,
    endedAt: state.endedAt,
    visits: state.visits,
    runs: state.runs,
    humanMs: state.humanMs,
    pullRequest: state.pullRequest,
    workHead: state.workHead,
    seal: state.seal,
    build: state.build,
    stagingDigest: state.stagingDigest,
    productionDigest: state.productionDigest,
    landed: state.landed,
    mustFix: state.mustFix,
    notes: state.notes,
    evidence: state.evidence,
    host: state.host,
    openRun: state.openRun,
    additions: state.additions,
  };
}
