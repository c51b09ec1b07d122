import { WorkflowNotFoundError } from '@temporalio/client';
import type { Client } from '@temporalio/client';
import { pino } from 'pino';
import type { TaskListing } from '../../api/task-listing.ts';
import { taskWorkflowId, view } from '../../workflows/contract.ts';
import { toTaskId } from '../../workflows/domain/ids.ts';
import type { TaskId } from '../../workflows/domain/ids.ts';
import { itemLink } from '../../workflows/domain/links.ts';
import type { TaskView } from '../../workflows/domain/task-state.ts';
import { CliProblem, EXIT } from '../cli-problem.ts';
import { loadCommonConfig } from '../config.ts';
import { createTaskList } from '../list-tasks.ts';
import { readProjectsOrWarn } from '../registry.ts';
import { openTemporalClient, within } from '../temporal-client.ts';
import { openProcessLedger } from '../wire-ledger.ts';
import { readLedgerTask, reportRow, reportView } from './task-report.ts';
import type { TaskReport } from './task-report.ts';
import { reasonOf } from '../reason-of.ts';

/** Where the CLI looks tasks up. */
export interface TaskDesk {
  /** Throws CliProblem when Temporal does not answer. */
  list: () => Promise<readonly TaskListing[]>;
  /** Throws CliProblem for a task nobody knows. */
  report: (id: TaskId) => Promise<TaskReport>;
}

const QUERY_MS = 3000;

/** Opens the desk for `work` and closes it again. A registry that cannot be used costs links to items only: stderr says so. */
export async function atTaskDesk<T>(work: (desk: TaskDesk) => Promise<T>): Promise<T> {
  const config = loadCommonConfig(process.env);
  const silent = pino({ level: 'silent' });
  const projects = readProjectsOrWarn(config, process.stderr);
  const client = openTemporalClient(config.temporal);
  const ledger = openProcessLedger(config, silent);
  const { addresses } = config;

  async function report(id: TaskId): Promise<TaskReport> {
    const project = projects.find(({ prefix }) => id.startsWith(`${prefix}-`));
    const item = project === undefined ? null : itemLink(addresses, project.board, id);
    const answer = await askWorkflow(client, id);
    if (answer.kind === 'view') return reportView(answer.view, addresses, item);
    const known = await readLedgerTask(ledger, id).catch((error: unknown) => {
      throw new CliProblem(EXIT.failed, unreadable(id, answer.reason, error));
    });
    if (known === null) throw new CliProblem(EXIT.unknown, unknownTask(id, answer.reason));
    return reportRow(known.row, known.history, { addresses, item });
  }

  try {
    const read = createTaskList({ client, ledger, projects: () => projects, addresses });
    const list = () =>
      read().catch((error: unknown) => {
        throw new CliProblem(EXIT.failed, silentTemporal(config.temporal.address, error));
      });
    return await work({ list, report });
  } finally {
    await Promise.all([client.connection.close(), ledger.close()]);
  }
}

/** A work item id as a person wrote it. Throws CliProblem. */
export function parseTaskId(text: string): TaskId {
  try {
    return toTaskId(text.toUpperCase());
  } catch {
    throw new CliProblem(EXIT.usage, `"${text}" is not a work item id; write it like NOTE-12`);
  }
}

type WorkflowAnswer = { kind: 'view'; view: TaskView } | { kind: 'silent'; reason: string | null };

/** `reason` null = there is no such workflow; else why it could not answer, such as no worker. */
async function askWorkflow(client: Client, id: TaskId): Promise<WorkflowAnswer> {
  try {
    const handle = client.workflow.getHandle(taskWorkflowId(id));
    return { kind: 'view', view: await within(client, QUERY_MS, () => handle.query(view)) };
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return { kind: 'silent', reason: null };
    return { kind: 'silent', reason: reasonOf(error) };
  }
}

const unknownTask = (id: TaskId, reason: string | null): string =>
  reason === null
    ? `no task ${id}: neither Temporal nor the ledger knows it; "orch task list" shows those there are`
    : `no task ${id} in the ledger, and Temporal did not answer (${reason}); are server and worker flow up?`;

const silentTemporal = (address: string, error: unknown): string =>
  `Temporal at ${address} does not answer: ${reasonOf(error)}; is ORCH_TEMPORAL_ADDRESS right, and the server up?`;

const unreadable = (id: TaskId, reason: string | null, error: unknown): string =>
  `task ${id} cannot be read: Temporal: ${reason ?? 'no such workflow'}; ledger: ${reasonOf(error)}; are both up?`;
