import { toPriority } from './agent-slot.ts';
import type { BoardItem, StateEntry } from './board-item.ts';
import type { Decision } from './decide.ts';
import { branchOf, lifeOf } from './ids.ts';
import type { StageName, TaskStage, Track } from './stages.ts';
import type { StageVisit, TaskInput, TaskState } from './task-state.ts';

/** What a new life needs to know. `now` is an ISO time. */
export interface Birth {
  input: TaskInput;
  firstRunId: string;
  generation: number;
  now: string;
}

/** The state of a life that has not found its start yet. */
export function newTask(birth: Birth): TaskState {
  const { input, firstRunId, generation, now } = birth;
  return {
    ref: { ...input, life: lifeOf(firstRunId, generation), branch: '' },
    title: '',
    track: 'full',
    stage: 'created',
    wait: null,
    escalated: null,
    returns: 0,
    startedAt: now,
    endedAt: null,
    visits: [{ stage: 'created', startedAt: now, endedAt: null }],
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
    additions: [],
    generation,
    analysis: 'none',
    withComments: false,
    iteration: 0,
    producerAttempts: 0,
    conflicts: 0,
    rereviews: 0,
    lostRaces: 0,
    host: null,
    baseSha: null,
    branchHead: null,
    developed: null,
    judged: { reviewIdentity: null, testedCodeTree: null },
    confirmedIdentity: null,
    consumedEntries: [],
    startEntryAt: '',
    admission: null,
    priority: 'none',
    hostSlots: null,
    slotRequestId: null,
    moneyRequestId: null,
    effectsSeq: 0,
    stop: null,
    deployBegun: false,
    lastRun: null,
    openRun: null,
    runsBefore: 0,
  };
}

/** The state once the start entry is found: titled, tracked, with its branch. */
export function started(
  state: TaskState,
  about: { item: BoardItem; entry: StateEntry; track: Track },
): TaskState {
  const { item, entry, track } = about;
  const branch = branchOf(state.ref.id, item.title, state.generation);
  return {
    ...state,
    ref: { ...state.ref, branch },
    title: item.title,
    priority: toPriority(item.priority),
    track,
    startEntryAt: entry.at,
    consumedEntries: [entry.id],
  };
}

/** The state after a decision that moves or repeats a stage. Counters change here and nowhere else. */
export function applyDecision(state: TaskState, decision: Decision, now: string): TaskState {
  switch (decision.kind) {
    case 'advance':
      return {
        ...enter(state, decision.to, now),
        runsBefore: state.runs.length,
        notes: [...state.notes, ...decision.notes],
        ...cleared(state.stage),
      };
    case 'again':
      return {
        ...state,
        producerAttempts: state.producerAttempts + (decision.countsAttempt ? 1 : 0),
      };
    case 'return':
      return {
        ...enter(state, decision.to, now),
        ...UNSEALED,
        returns: state.returns + 1,
        mustFix: decision.mustFixRef,
      };
    case 'conflict':
      return {
        ...enter(state, decision.to, now),
        analysis: 'none',
        conflicts: state.conflicts + 1,
        mustFix: decision.mustFixRef,
      };
    case 'back':
      return {
        ...enter(state, decision.to, now),
        ...UNSEALED,
        ...(decision.counter !== null && { [decision.counter]: state[decision.counter] + 1 }),
      };
    case 'end':
      return { ...enter(state, decision.as, now), endedAt: now };
    case 'hold':
    case 'escalate':
      return state;
  }
}

/** Work that goes back leaves nothing sealed, built or staged behind. Source: ORCH-036. */
const UNSEALED = { seal: null, build: null, stagingDigest: null } as const;

/** A must-fix list is spent once the stage that asked for it has been passed. */
function cleared(stage: TaskStage): Partial<TaskState> {
  return stage === 'development' || stage === 'analysis' ? { mustFix: null } : {};
}

/** The state after a person revived a task that was escalated or held for a person: same stage, fresh budgets. Source: ET-013. */
export function revived(state: TaskState): TaskState {
  return {
    ...state,
    escalated: null,
    runsBefore: state.runs.length,
    returns: 0,
    producerAttempts: 0,
    conflicts: 0,
    rereviews: 0,
    lostRaces: 0,
    developed: null,
  };
}

function enter(state: TaskState, stage: TaskStage, now: string): TaskState {
  const visits: StageVisit[] = state.visits.map((visit) =>
    visit.endedAt === null ? { ...visit, endedAt: now } : visit,
  );
  return {
    ...state,
    stage,
    producerAttempts: 0,
    developed: null,
    openRun: null,
    visits: isRunning(stage) ? [...visits, { stage, startedAt: now, endedAt: null }] : visits,
    ...(stage === 'done' && { endedAt: now }),
  };
}

/** Whether a stage is one a task works in, not an end. */
export function isRunning(stage: TaskStage): stage is StageName {
  return stage !== 'done' && stage !== 'cancelled' && stage !== 'refused' && stage !== 'none';
}
