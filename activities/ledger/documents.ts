import type { Transaction } from 'kysely';
import type { StoredDocument } from '../documents.ts';
import { withoutNul } from './clean.ts';
import type { LedgerTables } from './tables.ts';

const MAX_BODY_BYTES = 256 * 1024;

type Tx = Transaction<LedgerTables>;

/** Keeps a document once; a second one with its id changes nothing. */
export async function saveDocument(tx: Tx, document: StoredDocument): Promise<void> {
  await tx
    .insertInto('documents')
    .values(
      withoutNul({
        id: document.id,
        task_id: document.taskId,
        life: document.life,
        name: document.name,
        body: cutTo(document.body, MAX_BODY_BYTES),
      }),
    )
    .onConflict((conflict) => conflict.doNothing())
    .execute();
}

/** The document with this id, or null. */
export async function readDocument(tx: Tx, id: string): Promise<StoredDocument | null> {
  const row = await tx
    .selectFrom('documents')
    .select(['id', 'task_id', 'life', 'name', 'body'])
    .where('id', '=', id)
    .executeTakeFirst();
  if (row === undefined) return null;
  return { id: row.id, taskId: row.task_id, life: row.life, name: row.name, body: row.body };
}

/** At most `bytes` bytes of UTF-8, whole characters. */
function cutTo(text: string, bytes: number): string {
  const all = Buffer.from(text, 'utf8');
  if (all.length <= bytes) return text;
  return all
    .subarray(0, bytes)
    .toString('utf8')
    .replace(/\uFFFD$/, '');
}
