import type { Transaction } from 'kysely';
import type { Effect } from '../../workflows/domain/effects.ts';
import type { RunSummary, RunUsage } from '../../workflows/domain/runs.ts';
import type { TaskRef, TaskView } from '../../workflows/domain/task-state.ts';
import { runFolder } from '../run-id.ts';
import { withoutNul } from './clean.ts';
import type { LedgerTables } from './tables.ts';

/** One transition's rows. `writtenBy` grows from batch to batch of a life; `runId` is Temporal's, for links. */
export interface LedgerBatch {
  task: TaskRef;
  runId: string;
  writtenBy: number;
  view: TaskView;
  effects: readonly Effect[];
  /** rendered notices, claimed here and sent later */
  notices: readonly { key: string; body: string }[];
}

type Tx = Transaction<LedgerTables>;

/** Writes a batch's rows; what an earlier attempt wrote stays as it is, and an older batch never overwrites the task's row. */
export async function recordBatch(tx: Tx, batch: LedgerBatch): Promise<void> {
  await saveTask(tx, batch);
  await saveTransitions(tx, batch);
  await saveVerdicts(tx, batch);
  await saveRuns(tx, batch);
  await claimNotices(tx, batch);
}

async function saveTask(tx: Tx, { task, runId, writtenBy, view }: LedgerBatch): Promise<void> {
  const row = withoutNul({
    life: task.life,
    task_id: task.id,
    project: task.project,
    repo: task.repo,
    branch: task.branch,
    item_id: task.itemId,
    run_id: runId,
    title: view.title,
    track: view.track,
    stage: view.stage,
    escalated: view.escalated,
    returns: view.returns,
    started_at: view.startedAt,
    ended_at: view.endedAt,
    human_ms: view.humanMs,
    ...waitColumns(view),
    ...codeColumns(view),
    written_by: writtenBy,
  });
  await tx
    .insertInto('tasks')
    .values(row)
    .onConflict((conflict) =>
      conflict.column('life').doUpdateSet(row).where('tasks.written_by', '<=', writtenBy),
    )
    .execute();
}

function waitColumns({ wait }: TaskView) {
  return { waiting_on: wait?.on ?? null, wait_detail: wait?.detail ?? null };
}

function codeColumns({ pullRequest, seal, landed }: TaskView) {
  return {
    pull_number: pullRequest?.number ?? null,
    pull_url: pullRequest?.url ?? null,
    sealed_sha: seal?.sha ?? null,
    landed_sha: landed?.sha ?? null,
  };
}

// A reset workflow counts from an earlier number again; its own times keep its rows apart from those of the abandoned run.
async function saveTransitions(tx: Tx, { task, effects }: LedgerBatch): Promise<void> {
  const rows = effects
    .filter((effect) => effect.kind === 'transition')
    .map(({ seq, at, from, to, reason }) =>
      withoutNul({
        life: task.life,
        seq,
        at,
        task_id: task.id,
        from_stage: from,
        to_stage: to,
        reason,
      }),
    );
  if (rows.length === 0) return;
  await tx
    .insertInto('transitions')
    .values(rows)
    .onConflict((conflict) => conflict.doNothing())
    .execute();
}

async function saveVerdicts(tx: Tx, { task, effects }: LedgerBatch): Promise<void> {
  const rows = effects
    .filter((effect) => effect.kind === 'verdict')
    .map(({ seq, gate, at, stage, outcome, reason }) =>
      withoutNul({ life: task.life, seq, gate, at, task_id: task.id, stage, outcome, reason }),
    );
  if (rows.length === 0) return;
  await tx
    .insertInto('verdicts')
    .values(rows)
    .onConflict((conflict) => conflict.doNothing())
    .execute();
}

async function saveRuns(tx: Tx, { task, effects, view }: LedgerBatch): Promise<void> {
  const rows = effects
    .filter((effect) => effect.kind === 'run')
    .map(({ run }) => withoutNul({ ...toRunRow(task, run), ...folderColumns(run, view) }));
  if (rows.length === 0) return;
  await tx
    .insertInto('runs')
    .values(rows)
    .onConflict((conflict) => conflict.doNothing())
    .execute();
}

function toRunRow(task: TaskRef, run: RunSummary) {
  return {
    run_id: run.runId,
    life: task.life,
    task_id: task.id,
    stage: run.stage,
    role: run.role,
    ended_as: run.end,
    seconds: run.seconds,
    ...usageColumns(run.usage),
  };
}

/** A task's runs are all on the host that keeps its tree. */
function folderColumns({ runId }: RunSummary, { host }: TaskView) {
  return { host, folder: host === null ? null : runFolder(runId) };
}

function usageColumns(usage: RunUsage | null) {
  const known = usage ?? UNREPORTED;
  return {
    model: known.model,
    effort: known.effort,
    input_tokens: known.inputTokens,
    cached_tokens: known.cachedTokens,
    output_tokens: known.outputTokens,
    cost_usd: known.costUsd,
  };
}

const UNREPORTED = {
  model: null,
  effort: null,
  inputTokens: null,
  cachedTokens: null,
  outputTokens: null,
  costUsd: null,
};

async function claimNotices(tx: Tx, { task, notices }: LedgerBatch): Promise<void> {
  if (notices.length === 0) return;
  const rows = notices.map(({ key, body }) =>
    withoutNul({ life: task.life, key, project: task.project, task_id: task.id, body }),
  );
  await tx
    .insertInto('notices')
    .values(rows)
    .onConflict((conflict) => conflict.doNothing())
    .execute();
}
