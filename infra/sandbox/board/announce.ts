import { createHmac, randomInt, randomUUID } from 'node:crypto';
import type { BoardContext } from './board-context.ts';
import { profileOf, stateOf, workspaceOf } from './board-context.ts';
import { dumpWebhookJson } from './python-json.ts';
import type { Board, Comment, Item, User, Webhook } from './records.ts';
import { stripTags } from './sanitise-html.ts';

const TIMEOUT_MS = 30_000;
const RETRIES = 5;
const RETRY_WITHIN_MS = 600_000;

/** One event to tell the workspace's webhook; `field` null for a creation. */
export interface Announcement {
  readonly action: 'created' | 'updated';
  readonly actor: User;
  readonly field: string | null;
  readonly oldValue?: unknown;
  readonly newValue?: unknown;
}

/** Sends an item event; the item is rendered when it is sent, so it may be newer than the event. */
export function announceItem(context: BoardContext, item: Item, announcement: Announcement): void {
  announce(
    context,
    { event: 'issue', data: () => describeItem(context.board, item) },
    announcement,
  );
}

/** Sends a comment event. */
export function announceComment(
  context: BoardContext,
  comment: Comment,
  announcement: Announcement,
): void {
  announce(context, { event: 'issue_comment', data: () => comment }, announcement);
}

function announce(
  { board, deliveries, save }: BoardContext,
  subject: { event: string; data: () => object },
  announcement: Announcement,
): void {
  const { webhook } = board;
  if (webhook?.isActive !== true) return;
  deliveries.send({
    url: webhook.url,
    event: subject.event,
    timeoutMs: TIMEOUT_MS,
    // Only a failed exchange is retried; after the last one the board switches the webhook off for good.
    retryDelaysMs: Array.from({ length: RETRIES }, () => randomInt(RETRY_WITHIN_MS)),
    onGivenUp: () => {
      webhook.isActive = false;
      save();
    },
    render: () =>
      signed(
        webhook,
        subject.event,
        dumpWebhookJson(payload(board, webhook, { ...announcement, ...subject })),
      ),
  });
}

function payload(
  board: Board,
  webhook: Webhook,
  told: Announcement & { event: string; data: () => object },
) {
  const { event, action, field, newValue = null, oldValue = null, actor } = told;
  return {
    event,
    action,
    webhook_id: webhook.id,
    workspace_id: workspaceOf(board).id,
    data: told.data(),
    activity: {
      field,
      new_value: newValue,
      old_value: oldValue,
      actor: actor.profile,
      old_identifier: null,
      new_identifier: null,
    },
  };
}

function signed(webhook: Webhook, event: string, body: string) {
  const headers: Record<string, string> = {
    'User-Agent': 'Autopilot',
    'Content-Type': 'application/json',
    'X-Plane-Delivery': randomUUID(),
    'X-Plane-Event': event,
  };
  if (webhook.secret !== '') {
    headers['X-Plane-Signature'] = createHmac('sha256', webhook.secret).update(body).digest('hex');
  }
  return { headers, body };
}

function describeItem(board: Board, item: Item): object {
  const { id, name, color, group } = stateOf(board, item);
  const data: Partial<Item> = { ...item };
  delete data.type_id;
  return {
    ...data,
    labels: board.labels
      .filter((label) => item.labels.includes(label.id))
      .map((label) => ({ id: label.id, name: label.name, color: label.color })),
    assignees: item.assignees.map((userId) => profileOf(board, userId)),
    state: { id, name, color, group },
    description: {},
    description_json: {},
    description_stripped: stripTags(item.description_html),
  };
}
