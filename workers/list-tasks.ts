import type { Client, WorkflowExecutionInfo } from '@temporalio/client';
import type { Ledger } from '../activities/ledger/ledger.ts';
import type { TaskRow } from '../activities/ledger/queries.ts';
import type { ListTasks, TaskListing } from '../api/task-listing.ts';
import { ATTRIBUTES, TASK_WORKFLOW, taskWorkflowId } from '../workflows/contract.ts';
import { toTaskId } from '../workflows/domain/ids.ts';
import { cardLink, historyLink, itemLink } from '../workflows/domain/links.ts';
import type { PublicAddresses } from '../workflows/domain/links.ts';
import type { Project } from '../workflows/domain/project.ts';
import { within } from './temporal-client.ts';

/** Where tasks are listed from. */
export interface TaskSources {
  client: Client;
  ledger: Pick<Ledger, 'listTasks'>;
  projects: () => readonly Project[];
  addresses: PublicAddresses;
}

const DEADLINE_MS = 5000;
const MAX_OPEN = 200;
const RECENT = 100;

/**
 * What is open is read from Temporal, which lags by moments; titles, pull requests and what has ended from the ledger, without
 * which the open ones are still listed.
 */
export function createTaskList(sources: TaskSources): ListTasks {
  return async () => {
    const [open, rows] = await Promise.all([
      within(sources.client, DEADLINE_MS, () => listOpen(sources.client)),
      sources.ledger
        .listTasks({ project: null, taskId: null, after: null, limit: RECENT })
        .catch((): readonly TaskRow[] => []),
    ]);
    const openIds = new Set(open.map((info) => info.workflowId));
    const ended = rows.filter((row) => row.endedAt !== null && !openIds.has(workflowIdOf(row)));
    return [
      ...open.map((info) => fromExecution(sources, info, rows)),
      ...ended.map((row) => fromRow(sources, row)),
    ];
  };
}

const workflowIdOf = (row: TaskRow): string => taskWorkflowId(toTaskId(row.taskId));

async function listOpen(client: Client): Promise<WorkflowExecutionInfo[]> {
  const query = `WorkflowType = '${TASK_WORKFLOW}' AND ExecutionStatus = 'Running'`;
  const found: WorkflowExecutionInfo[] = [];
  for await (const info of client.workflow.list({ query, pageSize: MAX_OPEN })) {
    found.push(info);
    if (found.length === MAX_OPEN) break;
  }
  return found;
}

function fromExecution(
  sources: TaskSources,
  info: WorkflowExecutionInfo,
  rows: readonly TaskRow[],
): TaskListing {
  const attributes = info.typedSearchAttributes;
  const row = rows.find(
    // A life that has ended closes for a while yet: its row is told from an earlier life's by the run.
    (known) =>
      workflowIdOf(known) === info.workflowId &&
      (known.endedAt === null || known.runId === info.runId),
  );
  const id = attributes.get(ATTRIBUTES.workItem) ?? info.workflowId.replace(/^task:/, '');
  const project = attributes.get(ATTRIBUTES.project) ?? '';
  return {
    id,
    project,
    title: row?.title ?? null,
    stage: attributes.get(ATTRIBUTES.stage) ?? 'starting',
    waitingOn: attributes.get(ATTRIBUTES.waitingOn) ?? null,
    since: attributes.get(ATTRIBUTES.stageSince)?.toISOString() ?? null,
    startedAt: info.startTime.toISOString(),
    endedAt: null,
    links: linksOf(sources, { id, project, runId: info.runId, row }),
  };
}

function fromRow(sources: TaskSources, row: TaskRow): TaskListing {
  return {
    id: row.taskId,
    project: row.project,
    title: row.title,
    stage: row.stage,
    waitingOn: null,
    since: null,
    startedAt: row.startedAt,
    endedAt: row.endedAt,
    links: linksOf(sources, { id: row.taskId, project: row.project, runId: row.runId, row }),
  };
}

function linksOf(
  { projects, addresses }: TaskSources,
  task: { id: string; project: string; runId: string; row: TaskRow | undefined },
): TaskListing['links'] {
  const id = toTaskId(task.id);
  const project = projects().find((known) => known.key === task.project);
  return {
    item: project === undefined ? null : itemLink(addresses, project.board, id),
    pull: task.row?.pullUrl ?? null,
    history: historyLink(addresses, taskWorkflowId(id), task.runId),
    card: cardLink(addresses, task.row?.cardMessageId ?? null),
  };
}
