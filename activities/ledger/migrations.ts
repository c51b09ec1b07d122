import { sql } from 'kysely';
import type { Kysely, Transaction } from 'kysely';
import { Migrator } from 'kysely/migration';
import type { Migration } from 'kysely/migration';
import { PermanentError } from '../errors.ts';
import type { LedgerTables } from './tables.ts';

const createTables: Migration = {
  async up(db) {
    for (const statement of [
      `create table tasks (
        life text primary key, task_id text not null, project text not null, repo text not null, branch text not null,
        item_id text not null, run_id text not null, title text not null, track text not null, stage text not null,
        waiting_on text, wait_detail text, escalated text, returns integer not null, started_at timestamptz not null,
        ended_at timestamptz, human_ms double precision not null, pull_number integer, pull_url text, sealed_sha text,
        landed_sha text, written_by double precision not null)`,
      'create index tasks_newest on tasks (started_at desc, life desc)',
      'create index tasks_by_id on tasks (task_id, started_at desc)',
      `create table transitions (
        life text not null, seq integer not null, at timestamptz not null, task_id text not null,
        from_stage text not null, to_stage text not null, reason text, primary key (life, seq, at))`,
      `create table verdicts (
        life text not null, seq integer not null, gate text not null, at timestamptz not null, task_id text not null,
        stage text not null, outcome text not null, reason text not null, primary key (life, seq, gate, at))`,
      `create table runs (
        run_id text primary key, life text not null, task_id text not null, position integer generated always as identity,
        stage text not null, role text not null, ended_as text not null, seconds double precision not null, model text,
        effort text, input_tokens double precision, cached_tokens double precision, output_tokens double precision,
        cost_usd double precision)`,
      'create index runs_by_life on runs (life, position)',
      `create table documents (
        id text primary key, task_id text not null, life text not null, name text not null, body text not null,
        saved_at timestamptz not null default now())`,
      'create index documents_by_life on documents (life, saved_at)',
      `create table notices (
        life text not null, key text not null, position integer generated always as identity, project text not null,
        task_id text not null, body text not null, claimed_at timestamptz not null default now(), leased_by text, leased_until timestamptz,
        doubtful_sends integer not null default 0, sent_at timestamptz, primary key (life, key))`,
      'create index notices_unsent on notices (project, position) where sent_at is null',
      `create table cards (
        life text primary key, task_id text not null, message_id double precision, text_hash text,
        doubtful_sends integer not null default 0)`,
    ]) {
      await sql.raw(statement).execute(db);
    }
  },
};

const linkRunFolders: Migration = {
  async up(db) {
    await sql`alter table runs add column host text, add column folder text`.execute(db);
  },
};

/** Migrations by name, run in this order; one that has been released is never edited. */
const MIGRATIONS: Readonly<Record<string, Migration>> = {
  '0001-create-tables': createTables,
  '0002-link-run-folders': linkRunFolders,
};

/** Names of the migrations this ledger still lacks; every one when it has no tables. */
export async function findMissingMigrations(
  tx: Transaction<LedgerTables>,
): Promise<readonly string[]> {
  const { rows: tables } = await sql<{ found: string | null }>`
    select to_regclass('kysely_migration')::text as found`.execute(tx);
  if (!tables[0]?.found) return Object.keys(MIGRATIONS);
  const { rows } = await sql<{ name: string }>`select name from kysely_migration`.execute(tx);
  const done = new Set(rows.map(({ name }) => name));
  return Object.keys(MIGRATIONS).filter((name) => !done.has(name));
}

/** Brings the schema up to date; nothing when it already is. Throws PermanentError naming the migration that failed. */
export async function migrateLedger(db: Kysely<LedgerTables>): Promise<void> {
  const migrator = new Migrator({
    db,
    provider: { getMigrations: () => Promise.resolve({ ...MIGRATIONS }) },
  });
  const { error, results } = await migrator.migrateToLatest();
  if (error === undefined) return;
  const failed = results?.find((result) => result.status === 'Error')?.migrationName ?? 'set-up';
  const reason = error instanceof Error ? error.message : 'unknown';
  throw new PermanentError(`the ledger could not be migrated (${failed}): ${reason}`);
}
