import { randomUUID } from 'node:crypto';
import type { BoardContext } from './board-context.ts';
import { timestampNow } from './microsecond-clock.ts';
import type { Activity, Item, User } from './records.ts';

/** What the log says of one change; values are names, identifiers are uuids. */
export interface Change {
  readonly verb?: 'created' | 'updated';
  readonly field: string | null;
  readonly comment: string;
  readonly oldValue?: string | null;
  readonly newValue?: string | null;
  readonly oldId?: string | null;
  readonly newId?: string | null;
  readonly commentId?: string;
}

/** Adds one entry to an item's log; readers see it once the board's activity lag has passed. */
export function recordActivity(
  { board }: BoardContext,
  { item, actor }: { item: Item; actor: User },
  change: Change,
): void {
  const at = timestampNow();
  const { verb = 'updated', field, comment } = change;
  const entry: Activity = {
    id: randomUUID(),
    created_at: at,
    updated_at: at,
    deleted_at: null,
    verb,
    field,
    old_value: change.oldValue ?? null,
    new_value: change.newValue ?? null,
    comment,
    attachments: [],
    old_identifier: change.oldId ?? null,
    new_identifier: change.newId ?? null,
    epoch: Math.floor(Date.parse(at) / 1000),
    project: item.project,
    workspace: item.workspace,
    issue: item.id,
    issue_comment: change.commentId ?? null,
    actor: actor.id,
  };
  board.activities.push({ visibleAtMs: Date.now() + board.activityLagMs, entry });
}

/** An item's log as readers see it now, oldest first; entries about comments are never listed, as on the real board. */
export function visibleActivities({ board }: BoardContext, item: Item): Activity[] {
  const nowMs = Date.now();
  return board.activities
    .filter(({ visibleAtMs }) => visibleAtMs <= nowMs)
    .map(({ entry }) => entry)
    .filter(({ issue, field }) => issue === item.id && field !== 'comment');
}
