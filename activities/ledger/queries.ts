import { sql } from 'kysely';
import type { Selectable, Transaction } from 'kysely';
import type { LedgerTables } from './tables.ts';

/** A task of one life for lists; times are ISO. */
export interface TaskRow {
  life: string;
  taskId: string;
  project: string;
  repo: string;
  runId: string;
  title: string;
  track: string;
  stage: string;
  waitingOn: string | null;
  waitDetail: string | null;
  escalated: string | null;
  returns: number;
  startedAt: string;
  endedAt: string | null;
  pullUrl: string | null;
  landedSha: string | null;
  /** message of the live card */
  cardMessageId: number | null;
}

/** Where the next page of tasks begins: after this row. */
export interface TaskCursor {
  startedAt: string;
  life: string;
}

/** A page of tasks, newest first. Null project or task id = all of them. */
export interface TaskPage {
  project: string | null;
  taskId: string | null;
  after: TaskCursor | null;
  limit: number;
}

/** Everything recorded about one life, each list oldest first; documents without their bodies. */
export interface TaskHistory {
  transitions: readonly {
    seq: number;
    at: string;
    from: string;
    to: string;
    reason: string | null;
  }[];
  verdicts: readonly {
    seq: number;
    at: string;
    stage: string;
    gate: string;
    outcome: string;
    reason: string;
  }[];
  runs: readonly RunRow[];
  documents: readonly { id: string; name: string; savedAt: string }[];
}

/** An agent run as recorded; null tokens = no usage was reported, null cost or host = unknown. */
export interface RunRow {
  runId: string;
  stage: string;
  role: string;
  end: string;
  seconds: number;
  model: string | null;
  effort: string | null;
  inputTokens: number | null;
  cachedTokens: number | null;
  outputTokens: number | null;
  costUsd: number | null;
  host: string | null;
}

type Tx = Transaction<LedgerTables>;

/** One page of tasks by keyset. */
export async function listTasks(tx: Tx, page: TaskPage): Promise<readonly TaskRow[]> {
  let query = tx
    .selectFrom('tasks')
    .leftJoin('cards', 'cards.life', 'tasks.life')
    .selectAll('tasks')
    .select('cards.message_id as card_message_id');
  if (page.project !== null) query = query.where('tasks.project', '=', page.project);
  if (page.taskId !== null) query = query.where('tasks.task_id', '=', page.taskId);
  if (page.after !== null) {
    const { startedAt, life } = page.after;
    query = query.where(
      sql<boolean>`(tasks.started_at, tasks.life) < (${startedAt}::timestamptz, ${life}::text)`,
    );
  }
  const rows = await query
    .orderBy('tasks.started_at', 'desc')
    .orderBy('tasks.life', 'desc')
    .limit(page.limit)
    .execute();
  return rows.map(toTaskRow);
}

/** Everything about one life; empty lists when the ledger does not know it. */
export async function readHistory(tx: Tx, life: string): Promise<TaskHistory> {
  const transitions = await tx
    .selectFrom('transitions')
    .selectAll()
    .where('life', '=', life)
    .orderBy('at')
    .orderBy('seq')
    .execute();
  const verdicts = await tx
    .selectFrom('verdicts')
    .selectAll()
    .where('life', '=', life)
    .orderBy('at')
    .orderBy('seq')
    .execute();
  const runs = await tx
    .selectFrom('runs')
    .selectAll()
    .where('life', '=', life)
    .orderBy('position')
    .execute();
  const documents = await tx
    .selectFrom('documents')
    .select(['id', 'name', 'saved_at'])
    .where('life', '=', life)
    .orderBy('saved_at')
    .orderBy('id')
    .execute();
  return {
    transitions: transitions.map((row) => ({
      seq: row.seq,
      at: toIso(row.at),
      from: row.from_stage,
      to: row.to_stage,
      reason: row.reason,
    })),
    verdicts: verdicts.map((row) => ({
      seq: row.seq,
      at: toIso(row.at),
      stage: row.stage,
      gate: row.gate,
      outcome: row.outcome,
      reason: row.reason,
    })),
    runs: runs.map(toRun),
    documents: documents.map((row) => ({
      id: row.id,
      name: row.name,
      savedAt: toIso(row.saved_at),
    })),
  };
}

function toTaskRow(
  row: Selectable<LedgerTables['tasks']> & { card_message_id: number | null },
): TaskRow {
  return {
    life: row.life,
    taskId: row.task_id,
    project: row.project,
    repo: row.repo,
    runId: row.run_id,
    title: row.title,
    track: row.track,
    stage: row.stage,
    waitingOn: row.waiting_on,
    waitDetail: row.wait_detail,
    escalated: row.escalated,
    returns: row.returns,
    startedAt: toIso(row.started_at),
    endedAt: row.ended_at === null ? null : toIso(row.ended_at),
    pullUrl: row.pull_url,
    landedSha: row.landed_sha,
    cardMessageId: row.card_message_id,
  };
}

function toRun(row: Selectable<LedgerTables['runs']>): RunRow {
  return {
    runId: row.run_id,
    stage: row.stage,
    role: row.role,
    end: row.ended_as,
    seconds: row.seconds,
    model: row.model,
    effort: row.effort,
    inputTokens: row.input_tokens,
    cachedTokens: row.cached_tokens,
    outputTokens: row.output_tokens,
    costUsd: row.cost_usd,
    host: row.host,
  };
}

function toIso(value: Date | string): string {
  return new Date(value).toISOString();
}
