import { Kysely, PostgresDialect } from 'kysely';
import { Pool } from 'pg';
import { migrateLedger } from '../../activities/ledger/migrations.ts';
import type { LedgerTables } from '../../activities/ledger/tables.ts';
import { CliProblem, EXIT } from '../cli-problem.ts';
import { loadLedgerUrl } from '../config.ts';
import { reasonOf } from '../reason-of.ts';

/**
 * Brings the schema of a ledger on a Postgres server up to date; safe to repeat. The embedded ledger does it by itself. Answers
 * the exit code.
 */
export async function ledgerMigrate(): Promise<number> {
  const pool = new Pool({ connectionString: loadLedgerUrl(process.env), max: 2 });
  const db = new Kysely<LedgerTables>({ dialect: new PostgresDialect({ pool }) });
  try {
    await migrateLedger(db).catch((error: unknown) => {
      const reason = reasonOf(error);
      throw new CliProblem(EXIT.failed, `${reason}; is ORCH_LEDGER_URL right, and the server up?`);
    });
    process.stdout.write('the ledger is up to date\n');
    return EXIT.ok;
  } finally {
    await db.destroy();
  }
}
