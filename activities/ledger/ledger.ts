import { Kysely, PostgresDialect } from 'kysely';
import type { Transaction } from 'kysely';
import { Pool } from 'pg';
import type { DocumentStore } from '../documents.ts';
import { recordBatch } from './batch.ts';
import type { LedgerBatch } from './batch.ts';
import { beginCardSend, cancelCardSend, claimCard, saveCard } from './cards.ts';
import type { CardRow } from './cards.ts';
import { readDocument, saveDocument } from './documents.ts';
import { findMissingMigrations } from './migrations.ts';
import { settleNotice, takeNotice } from './notices.ts';
import type { PendingNotice, SendOutcome } from './notices.ts';
import { listTasks, readHistory } from './queries.ts';
import type { TaskHistory, TaskPage, TaskRow } from './queries.ts';
import type { LedgerTables } from './tables.ts';

/** What happened, for people and statistics; never read to decide what a task does next. Every method is one short transaction. */
export interface Ledger extends DocumentStore {
  recordBatch(batch: LedgerBatch): Promise<void>;
  takeNotice(project: string, sender: string): Promise<PendingNotice | null>;
  settleNotice(notice: PendingNotice, outcome: SendOutcome): Promise<void>;
  claimCard(card: { life: string; taskId: string }): Promise<CardRow>;
  beginCardSend(life: string): Promise<boolean>;
  cancelCardSend(life: string): Promise<void>;
  saveCard(life: string, shown: { messageId: number; textHash: string }): Promise<void>;
  listTasks(page: TaskPage): Promise<readonly TaskRow[]>;
  readHistory(life: string): Promise<TaskHistory>;
  /** Throws when the ledger cannot answer. */
  ping(): Promise<void>;
  /** Names of the migrations its schema lacks. */
  findMissingMigrations(): Promise<readonly string[]>;
  close(): Promise<void>;
}

/** Where the ledger is. `onBrokenConnection` hears of connections that broke; queries on them have failed by themselves. */
export interface LedgerOptions {
  url: string;
  maxConnections: number;
  onBrokenConnection: (error: Error) => void;
}

const CONNECT_TIMEOUT_MS = 5000;
const QUERY_TIMEOUT_MS = 10_000;
// Shorter than the 5 s after which the embedded ledger closes a connection that says nothing.
const IDLE_MS = 2000;

/** Opens the ledger; connections are made when needed, so this never throws for one that is down. */
export function openLedger(options: LedgerOptions): Ledger {
  const db = connect(options);
  // Also for a single statement: the embedded ledger shares one session and keeps two clients' messages apart only inside one.
  const run = <T>(work: (tx: Transaction<LedgerTables>) => Promise<T>) =>
    db.transaction().execute(work);
  return {
    save: (document) => run((tx) => saveDocument(tx, document)),
    read: (id) => run((tx) => readDocument(tx, id)),
    recordBatch: (batch) => run((tx) => recordBatch(tx, batch)),
    takeNotice: (project, sender) => run((tx) => takeNotice(tx, project, sender)),
    settleNotice: (notice, outcome) => run((tx) => settleNotice(tx, notice, outcome)),
    claimCard: (card) => run((tx) => claimCard(tx, card)),
    beginCardSend: (life) => run((tx) => beginCardSend(tx, life)),
    cancelCardSend: (life) => run((tx) => cancelCardSend(tx, life)),
    saveCard: (life, shown) => run((tx) => saveCard(tx, life, shown)),
    listTasks: (page) => run((tx) => listTasks(tx, page)),
    readHistory: (life) => run((tx) => readHistory(tx, life)),
    ping: async () => {
      await run((tx) => tx.selectFrom('tasks').select('life').limit(1).execute());
    },
    findMissingMigrations: () => run((tx) => findMissingMigrations(tx)),
    close: () => db.destroy(),
  };
}

function connect({ url, maxConnections, onBrokenConnection }: LedgerOptions): Kysely<LedgerTables> {
  const pool = new Pool({
    connectionString: url,
    max: maxConnections,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    query_timeout: QUERY_TIMEOUT_MS,
    idleTimeoutMillis: IDLE_MS,
  });
  pool.on('error', onBrokenConnection);
  // A connection in use reports to the query as well, but an error event nobody listens to would end the process.
  pool.on('connect', (client) => client.on('error', onBrokenConnection));
  return new Kysely<LedgerTables>({ dialect: new PostgresDialect({ pool }) });
}
