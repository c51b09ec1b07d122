import type { Generated } from 'kysely';

/** What the ledger keeps; times are timestamptz, written as ISO text. Nothing here decides what a task does next. */
export interface LedgerTables {
  tasks: TaskTable;
  transitions: TransitionTable;
  verdicts: VerdictTable;
  runs: RunTable;
  documents: DocumentTable;
  notices: NoticeTable;
  cards: CardTable;
}

/** One row a life. `written_by` orders the batches: an older one never overwrites a newer one. */
interface TaskTable {
  life: string;
  task_id: string;
  project: string;
  repo: string;
  branch: string;
  item_id: string;
  run_id: string;
  title: string;
  track: string;
  stage: string;
  waiting_on: string | null;
  wait_detail: string | null;
  escalated: string | null;
  returns: number;
  started_at: Date | string;
  ended_at: Date | string | null;
  human_ms: number;
  pull_number: number | null;
  pull_url: string | null;
  sealed_sha: string | null;
  landed_sha: string | null;
  written_by: number;
}

interface TransitionTable {
  life: string;
  seq: number;
  at: Date | string;
  task_id: string;
  from_stage: string;
  to_stage: string;
  reason: string | null;
}

interface VerdictTable {
  life: string;
  seq: number;
  gate: string;
  at: Date | string;
  task_id: string;
  stage: string;
  outcome: string;
  reason: string;
}

/**
 * `cost_usd` null = unknown, never 0. What the run left is in `folder` below the data directory of `host`; both null in rows older
 * than the columns.
 */
interface RunTable {
  run_id: string;
  life: string;
  task_id: string;
  position: Generated<number>;
  stage: string;
  role: string;
  ended_as: string;
  seconds: number;
  model: string | null;
  effort: string | null;
  input_tokens: number | null;
  cached_tokens: number | null;
  output_tokens: number | null;
  cost_usd: number | null;
  host: string | null;
  folder: string | null;
}

interface DocumentTable {
  id: string;
  task_id: string;
  life: string;
  name: string;
  body: string;
  saved_at: Generated<Date>;
}

/** `doubtful_sends` counts sends whose outcome is unknown; the lease keeps two senders apart. */
interface NoticeTable {
  life: string;
  key: string;
  position: Generated<number>;
  project: string;
  task_id: string;
  body: string;
  claimed_at: Generated<Date>;
  leased_by: string | null;
  leased_until: Date | string | null;
  doubtful_sends: Generated<number>;
  sent_at: Date | string | null;
}

/** One live card a life; `message_id` null = not sent, or gone. */
interface CardTable {
  life: string;
  task_id: string;
  message_id: number | null;
  text_hash: string | null;
  doubtful_sends: Generated<number>;
}
