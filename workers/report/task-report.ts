import type { Ledger } from '../../activities/ledger/ledger.ts';
import type { TaskHistory, TaskRow } from '../../activities/ledger/queries.ts';
import { runIdOf } from '../../activities/run-id.ts';
import { taskWorkflowId } from '../../workflows/contract.ts';
import type { TaskId } from '../../workflows/domain/ids.ts';
import { documentLink, historyLink } from '../../workflows/domain/links.ts';
import type { PublicAddresses } from '../../workflows/domain/links.ts';
import type { RunSummary } from '../../workflows/domain/runs.ts';
import type { TaskView } from '../../workflows/domain/task-state.ts';

/** One agent run in a report; null cost = unknown. */
export interface ReportedRun {
  runId: string;
  role: string;
  stage: string;
  end: string;
  seconds: number;
  model: string | null;
  costUsd: number | null;
}

/** Everything `orch task show` tells of one task, also as JSON. Times are ISO. */
export interface TaskReport {
  id: string;
  project: string;
  title: string;
  track: string;
  stage: string;
  /** `since` null = the ledger does not keep it */
  wait: { on: string; detail: string; since: string | null } | null;
  escalated: string | null;
  returns: number;
  startedAt: string;
  endedAt: string | null;
  branch: string | null;
  pullRequest: string | null;
  sealedSha: string | null;
  digest: string | null;
  landedSha: string | null;
  notes: readonly string[];
  runs: readonly ReportedRun[];
  /** the agent run that is under way, also while it waits to go on */
  openRun: { runId: string; role: string; stage: string } | null;
  /** where the task's runs keep their files; null = no host yet, or unknown */
  host: string | null;
  links: Readonly<Record<string, string>>;
  /** who answered: the workflow itself, or the ledger because the workflow could not */
  source: 'workflow' | 'ledger';
}

/** The report of a task whose workflow answered. */
export function reportView(view: TaskView, at: PublicAddresses, item: string | null): TaskReport {
  const { ref } = view;
  const made = outcomeOf(view);
  return {
    ...{ id: ref.id, project: ref.project, title: view.title, track: view.track },
    ...{ stage: view.stage, wait: view.wait, escalated: view.escalated, returns: view.returns },
    ...{ startedAt: view.startedAt, endedAt: view.endedAt, branch: ref.branch },
    ...made,
    notes: view.notes,
    runs: view.runs.map(reportRun),
    openRun: view.openRun && {
      ...{ runId: runIdOf(view.openRun.key), role: view.openRun.role },
      stage: view.openRun.key.stage,
    },
    host: view.host,
    links: linksOf({
      item,
      pullRequest: made.pullRequest,
      history: historyLink(at, taskWorkflowId(ref.id), null),
      mustFix: view.mustFix && documentLink(at, view.mustFix.documentId),
      ...Object.fromEntries(
        view.evidence.map(({ document, documentId }) => [document, documentLink(at, documentId)]),
      ),
    }),
    source: 'workflow',
  };
}

const outcomeOf = ({ pullRequest, seal, build, landed }: TaskView) => ({
  pullRequest: pullRequest?.url ?? null,
  sealedSha: seal?.sha ?? null,
  digest: build?.digest ?? null,
  landedSha: landed?.sha ?? null,
});

const reportRun = ({ runId, role, stage, end, seconds, usage }: RunSummary): ReportedRun => ({
  ...{ runId, role, stage, end, seconds },
  model: usage?.model ?? null,
  costUsd: usage?.costUsd ?? null,
});

const linksOf = (links: Record<string, string | null>): Record<string, string> =>
  Object.fromEntries(Object.entries(links).filter((link): link is [string, string] => !!link[1]));

/** The report of a task that only the ledger still knows, or knows without its worker. */
export function reportRow(
  row: TaskRow,
  history: TaskHistory,
  about: { addresses: PublicAddresses; item: string | null },
): TaskReport {
  const { addresses, item } = about;
  return {
    ...{ id: row.taskId, project: row.project, title: row.title, track: row.track },
    ...{ stage: row.stage, escalated: row.escalated, returns: row.returns },
    ...{ startedAt: row.startedAt, endedAt: row.endedAt, branch: null },
    wait:
      row.waitingOn === null
        ? null
        : { on: row.waitingOn, detail: row.waitDetail ?? '', since: null },
    pullRequest: row.pullUrl,
    sealedSha: null,
    digest: null,
    landedSha: row.landedSha,
    notes: [],
    runs: history.runs,
    openRun: null,
    host: history.runs.at(-1)?.host ?? null,
    links: linksOf({
      item,
      pullRequest: row.pullUrl,
      history: historyLink(addresses, taskWorkflowId(row.taskId as TaskId), row.runId),
      ...Object.fromEntries(
        history.documents.map(({ id, name }) => [name, documentLink(addresses, id)]),
      ),
    }),
    source: 'ledger',
  };
}

/** The newest life of a task in the ledger, or null when it knows none. */
export async function readLedgerTask(
  ledger: Pick<Ledger, 'listTasks' | 'readHistory'>,
  id: TaskId,
): Promise<{ row: TaskRow; history: TaskHistory } | null> {
  const [row] = await ledger.listTasks({ project: null, taskId: id, after: null, limit: 1 });
  return row === undefined ? null : { row, history: await ledger.readHistory(row.life) };
}
