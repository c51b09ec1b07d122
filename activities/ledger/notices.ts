import { sql } from 'kysely';
import type { Transaction } from 'kysely';
import type { LedgerTables } from './tables.ts';

/** A notice to send now. */
export interface PendingNotice {
  life: string;
  key: string;
  taskId: string;
  body: string;
}

/** How a send ended: it arrived, it certainly did not, or nobody knows. */
export type SendOutcome = 'sent' | 'unsent' | 'doubtful';

/** Sends of unknown outcome after which a message is taken as sent: twice in the reader's chat is the worst case. */
export const MAX_DOUBTFUL_SENDS = 2;
const LEASE_SECONDS = 60;

type Tx = Transaction<LedgerTables>;

/**
 * Leases the project's oldest unsent notice to `sender` and counts the send as doubtful until it is settled, so that a sender
 * killed in between leaves the right trace. A repeat of the same sender takes over its own lease. Null = nothing to send.
 */
export async function takeNotice(
  tx: Tx,
  project: string,
  sender: string,
): Promise<PendingNotice | null> {
  const found = await tx
    .selectFrom('notices')
    .select(['life', 'key', 'task_id', 'body'])
    .where('project', '=', project)
    .where('sent_at', 'is', null)
    .where('doubtful_sends', '<', MAX_DOUBTFUL_SENDS)
    .where((where) =>
      where.or([
        where('leased_until', 'is', null),
        where('leased_until', '<', sql<Date>`now()`),
        where('leased_by', '=', sender),
      ]),
    )
    .orderBy('position')
    .limit(1)
    .forUpdate()
    .skipLocked()
    .executeTakeFirst();
  if (found === undefined) return null;
  await tx
    .updateTable('notices')
    .set((set) => ({
      leased_by: sender,
      leased_until: sql<Date>`now() + make_interval(secs => ${LEASE_SECONDS})`,
      doubtful_sends: set('doubtful_sends', '+', 1),
    }))
    .where('life', '=', found.life)
    .where('key', '=', found.key)
    .execute();
  return { life: found.life, key: found.key, taskId: found.task_id, body: found.body };
}

/** Ends a lease. */
export async function settleNotice(
  tx: Tx,
  notice: PendingNotice,
  outcome: SendOutcome,
): Promise<void> {
  await tx
    .updateTable('notices')
    .set((set) => ({
      leased_by: null,
      leased_until: null,
      ...(outcome === 'sent' && { sent_at: sql<Date>`now()` }),
      ...(outcome === 'unsent' && { doubtful_sends: set('doubtful_sends', '-', 1) }),
    }))
    .where('life', '=', notice.life)
    .where('key', '=', notice.key)
    .execute();
}
