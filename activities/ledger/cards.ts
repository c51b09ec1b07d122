import type { Transaction } from 'kysely';
import { MAX_DOUBTFUL_SENDS } from './notices.ts';
import type { LedgerTables } from './tables.ts';

/** The live card of a life. `messageId` null = it has none yet, or its message is gone. */
export interface CardRow {
  messageId: number | null;
  textHash: string | null;
}

type Tx = Transaction<LedgerTables>;

/** Claims the card's row when the life has none, and reads it. */
export async function claimCard(tx: Tx, card: { life: string; taskId: string }): Promise<CardRow> {
  await tx
    .insertInto('cards')
    .values({ life: card.life, task_id: card.taskId, message_id: null, text_hash: null })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
  const row = await tx
    .selectFrom('cards')
    .select(['message_id', 'text_hash'])
    .where('life', '=', card.life)
    .executeTakeFirstOrThrow();
  return { messageId: row.message_id, textHash: row.text_hash };
}

/** Counts a send as doubtful before it is made; false = too many of unknown outcome, another would risk a duplicate. Source: ORCH-087. */
export async function beginCardSend(tx: Tx, life: string): Promise<boolean> {
  const row = await tx
    .updateTable('cards')
    .set((set) => ({ doubtful_sends: set('doubtful_sends', '+', 1), message_id: null }))
    .where('life', '=', life)
    .where('doubtful_sends', '<', MAX_DOUBTFUL_SENDS)
    .returning('life')
    .executeTakeFirst();
  return row !== undefined;
}

/** Takes back the doubt about a send that certainly did not arrive. */
export async function cancelCardSend(tx: Tx, life: string): Promise<void> {
  await tx
    .updateTable('cards')
    .set((set) => ({ doubtful_sends: set('doubtful_sends', '-', 1) }))
    .where('life', '=', life)
    .where('doubtful_sends', '>', 0)
    .execute();
}

/** Remembers which message shows which text. */
export async function saveCard(
  tx: Tx,
  life: string,
  shown: { messageId: number; textHash: string },
): Promise<void> {
  await tx
    .updateTable('cards')
    .set({ message_id: shown.messageId, text_hash: shown.textHash, doubtful_sends: 0 })
    .where('life', '=', life)
    .execute();
}
