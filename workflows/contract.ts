import { defineQuery, defineSignal, defineUpdate } from '@temporalio/workflow';
import { defineSearchAttributeKey, SearchAttributeType } from '@temporalio/common';
import type { RepoSlug, Sha, TaskId } from './domain/ids.ts';
import type { PooledRequest, PoolState, SlotAnswer } from './domain/agent-slot.ts';
import type { SlotReport } from './domain/breaker.ts';
import type {
  BudgetState,
  BudgetView,
  LimitedRequest,
  MoneyAddition,
  MoneyAnswer,
} from './domain/budget.ts';
import type { GrantKind, GrantRequest, LaneAnswer, LaneState } from './domain/lane.ts';
import type { PoolView } from './domain/pool-line.ts';
import type { AdditionAnswer } from './domain/task-money.ts';
import type { StopAnswer } from './domain/stop.ts';
import type { TaskInput, TaskState, TaskView } from './domain/task-state.ts';

/** Workflow type names. */
export const TASK_WORKFLOW = 'task';
export const LANE_WORKFLOW = 'repoLane';
export const AGENT_POOL_WORKFLOW = 'agentPool';
export const BUDGET_WORKFLOW = 'budget';

/** Workflow ids. One board item is one workflow id, so two racing starts make one task. Source: ET-006. */
export const taskWorkflowId = (id: TaskId): string => `task:${id}`;
export const laneWorkflowId = (repo: RepoSlug): string => `lane:${repo}`;
/** There is one agent pool. */
export const AGENT_POOL_WORKFLOW_ID = 'agents';
export const budgetWorkflowId = (project: string): string => `budget:${project}`;

/** Task queues; who polls which is a table in docs/architecture.md. */
export const QUEUES = {
  flow: 'flow',
  claim: 'claim',
  agents: (host: string): string => `agents@${host}`,
  work: (host: string): string => `work@${host}`,
  control: (host: string): string => `control@${host}`,
  deploy: (target: string): string => `deploy@${target}`,
} as const;

/** Argument of the task workflow: what to start, and the state when it continues as new. */
export interface TaskArgs {
  input: TaskInput;
  carried: TaskState | null;
}

/** Argument of the lane workflow. */
export interface LaneArgs {
  repo: RepoSlug;
  carried: LaneState | null;
  /** ms between two looks whether the holders live; unset = a minute */
  sweepMs?: number;
}

/** Argument of the agent pool. */
export interface PoolArgs {
  carried: PoolState | null;
  /** ms between two looks whether the holders live; unset = a minute */
  sweepMs?: number;
}

/** Argument of a project's budget. */
export interface BudgetArgs {
  project: string;
  carried: BudgetState | null;
  /** ms between two looks whether the holders live; unset = a minute */
  sweepMs?: number;
}

/** Hints: "look again". They carry nothing that decides. */
export const boardChanged = defineSignal('boardChanged');
export const forgeChanged = defineSignal('forgeChanged');
/** To a task: the lane's answer to a request. */
export const laneAnswered = defineSignal<[LaneAnswer]>('laneAnswered');
/** To a lane: a task asks for a grant, gives one back, or a commit status changed. */
export const grantRequested = defineSignal<[GrantRequest]>('grantRequested');
export const grantReleased = defineSignal<[{ requestId: string }]>('grantReleased');
export const statusReported = defineSignal<[{ sha: Sha }]>('statusReported');
/** To a lane: this task is over, forget it. */
export const taskEnded = defineSignal<[{ workflowId: string; life: string }]>('taskEnded');

/** To a task: STOP, as a person says it on the board. It is answered at once and carried out afterwards. */
export const stop = defineUpdate<StopAnswer, [{ by: 'cli' }]>('stop');

/** To the agent pool: a task asks for a slot, or gives one back with what its run says of the provider. */
export const slotRequested = defineSignal<[PooledRequest]>('slotRequested');
export const slotReturned =
  defineSignal<[{ requestId: string; report: SlotReport }]>('slotReturned');
/** To a task: the agent pool's answer to a request. */
export const slotAnswered = defineSignal<[SlotAnswer]>('slotAnswered');
/** To a budget: a task asks to spend, or says what it spent; null = nobody told the price, 0 = nothing was run. */
export const moneyRequested = defineSignal<[LimitedRequest]>('moneyRequested');
export const moneySettled =
  defineSignal<[{ requestId: string; usd: number | null }]>('moneySettled');
/** To a task: the budget's answer to a request. */
export const moneyAnswered = defineSignal<[MoneyAnswer]>('moneyAnswered');
/** To a task: a person lets it spend more. Repeating it with the same id adds nothing. */
export const addBudget = defineUpdate<AdditionAnswer, [MoneyAddition]>('addBudget');

/** Everything a page or a script needs to know of a task. */
export const view = defineQuery<TaskView>('view');
/** Everything a page needs to know of a lane. */
export const laneView = defineQuery<LaneView>('laneView');
/** Who works, who waits, and which providers are left alone. */
export const poolView = defineQuery<PoolView>('poolView');
/** What a project spent, has put aside, and who waits. */
export const budgetView = defineQuery<BudgetView>('budgetView');

/** Answer of `laneView`. */
export interface LaneView {
  holders: readonly { kind: GrantKind; workflowId: string; fence: number }[];
  queue: readonly { kind: GrantKind; workflowId: string; position: number }[];
}

/** Search attributes, registered by the set-up of the namespace. */
export const ATTRIBUTES = {
  project: defineSearchAttributeKey('Project', SearchAttributeType.KEYWORD),
  repo: defineSearchAttributeKey('Repo', SearchAttributeType.KEYWORD),
  workItem: defineSearchAttributeKey('WorkItem', SearchAttributeType.KEYWORD),
  stage: defineSearchAttributeKey('Stage', SearchAttributeType.KEYWORD),
  waitingOn: defineSearchAttributeKey('WaitingOn', SearchAttributeType.KEYWORD),
  track: defineSearchAttributeKey('Track', SearchAttributeType.KEYWORD),
  escalated: defineSearchAttributeKey('Escalated', SearchAttributeType.BOOL),
  stageSince: defineSearchAttributeKey('StageSince', SearchAttributeType.DATETIME),
} as const;
