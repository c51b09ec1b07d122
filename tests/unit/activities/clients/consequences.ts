import type { AgentName } from '../../../../workflows/domain/runs.ts';
import type { AgentOutcome } from '../../../../activities/clients/agent-adapter.ts';
import type { RunExit } from '../../../../activities/runs/runs.ts';

/** What a mode is taken for; an end of the agent's own is named as `AgentEnd`. */
export type Class = 'transient' | 'limit' | 'incomplete' | 'permanent' | Ended;
type Ended = Extract<AgentOutcome, { kind: 'ended' }>['end'];

/** One recorded run: the stream `<agent>/<stream>.jsonl`, how the process ended and the last of its standard error. */
export interface RecordedRun {
  agent: AgentName;
  stream: string;
  exit?: Partial<RunExit>;
  stderr?: string;
  /** of a limit; the streams are of 2026-11-21T14:00Z */
  resetsAt?: string;
}

/** A row of docs/agents.md and the runs that prove its class. */
export interface FailureMode {
  mode: string;
  signals: string;
  class: Class;
  /** what the task does where it is not what it always does in this class */
  task?: string;
  /** none = proven where the run's files are: tests/contract/produce.test.ts and its like */
  runs: readonly RecordedRun[];
}

/** What follows a class of end. */
interface Consequence {
  task: string;
  attempts: string;
  money: string;
}

const USED_UP: Consequence = {
  task: 'work kept under refs/orch/uncounted; the role is asked again, after maxProducerAttempts escalation',
  attempts: 'one',
  money: 'settled',
};

/** What a task does about each class, as docs/agents.md says it. */
export const CONSEQUENCES: Readonly<Record<Class, Consequence>> = {
  finished: {
    task: 'work collected within the scope of the role, committed, judged by the stage',
    attempts: 'as judged',
    money: 'settled',
  },
  transient: {
    task: 'WaitingOn agent-retry with a growing pause, then the same session; after maxInfraRetries in a row an infra hold. Many in a row pause the provider',
    attempts: 'none',
    money: 'settled; none reserved while it waits',
  },
  limit: {
    task: 'slot given back, the provider paused for all; WaitingOn provider-limit until the reset, then the same session',
    attempts: 'none',
    money: 'settled; none reserved while it waits',
  },
  incomplete: {
    task: 'the same session at once, told to continue; the fourth time the role is asked again',
    attempts: 'none, the fourth time one',
    money: 'settled',
  },
  permanent: {
    task: 'escalation; a revived task lets the run go on',
    attempts: 'none',
    money: 'settled',
  },
  'timed-out': USED_UP,
  'max-turns': USED_UP,
  'over-budget': USED_UP,
  failed: USED_UP,
  leaked: {
    task: 'nothing committed, nothing kept on the forge; alert and escalation',
    attempts: 'none',
    money: 'settled',
  },
};
