import type { BoardContext } from './board-context.ts';
import { found, newRecord, Refusal, stateOf, statesOf } from './board-context.ts';
import { recordActivity } from './activity-log.ts';
import { announceItem } from './announce.ts';
import { describeChanges } from './item-changes.ts';
import { isSameValue } from './item-input.ts';
import { timestampNow } from './microsecond-clock.ts';
import type { Item, ItemContent, Project, User } from './records.ts';

const FIRST_SORT_ORDER = 65_535;
const SORT_STEP = 10_000;

/** Where a change came from: the API and the board's own page name the changed field differently in webhooks. */
export type Origin = 'api' | 'page';

const PAGE_FIELDS: Readonly<Record<string, string>> = {
  state: 'state_id',
  labels: 'label_ids',
  assignees: 'assignee_ids',
  parent: 'parent_id',
};

/** Creates an item in the project's default state unless told otherwise. Throws a 409 Refusal with the id when the external pair exists. */
export function createItem(
  context: BoardContext,
  { project, actor }: { project: Project; actor: User },
  content: Partial<ItemContent>,
): Item {
  const { board, save } = context;
  refuseKnownPair(context, project, content);
  const states = statesOf(board, project);
  const state = content.state ?? (states.find((candidate) => candidate.default) ?? states[0])?.id;
  if (state === undefined) throw new Refusal(400, { error: 'The project has no states' });
  project.lastSequenceId += 1;
  const record = newRecord(board, project, actor);
  const item: Item = {
    type_id: null,
    ...record,
    point: null,
    name: '',
    description_html: '<p></p>',
    description_binary: null,
    priority: 'none',
    start_date: null,
    target_date: null,
    sequence_id: project.lastSequenceId,
    sort_order: nextSortOrder(context, state),
    completed_at: null,
    archived_at: null,
    is_draft: false,
    external_source: null,
    external_id: null,
    parent: null,
    estimate_point: null,
    type: null,
    assignees: [],
    labels: [],
    ...content,
    state,
  };
  board.items.push(item);
  noteCompletion(context, item);
  recordActivity(
    context,
    { item, actor },
    { verb: 'created', field: null, comment: 'created the issue' },
  );
  announceItem(context, item, { action: 'created', actor, field: null });
  save();
  return item;
}

/** Writes the given properties; each one that really changes gives a log entry and one webhook. Throws a 409 Refusal on a foreign external pair. */
export function changeItem(
  context: BoardContext,
  { item, actor, origin }: { item: Item; actor: User; origin: Origin },
  content: Partial<ItemContent>,
): void {
  const { board, save } = context;
  const project = found(board.projects, item.project);
  refuseKnownPair(context, project, { ...item, ...content });
  const before: Item = { ...item };
  const changed = (Object.keys(content) as (keyof ItemContent)[]).filter(
    (field) => !isSameValue(before[field], content[field]),
  );
  Object.assign(item, content, { updated_at: timestampNow(), updated_by: actor.id });
  if (changed.includes('state')) noteCompletion(context, item);
  for (const field of changed) {
    for (const change of describeChanges(board, field, { before, after: item })) {
      recordActivity(context, { item, actor }, change);
    }
    announceItem(context, item, {
      action: 'updated',
      actor,
      field: origin === 'page' ? (PAGE_FIELDS[field] ?? field) : field,
      oldValue: before[field],
      newValue: item[field],
    });
  }
  save();
}

/** Removes an item with everything that hangs on it; the board sends no webhook for it. */
export function deleteItem({ board, save }: BoardContext, item: Item): void {
  board.items = board.items.filter(({ id }) => id !== item.id);
  board.comments = board.comments.filter(({ issue }) => issue !== item.id);
  board.activities = board.activities.filter(({ entry }) => entry.issue !== item.id);
  board.links = board.links.filter(({ issue }) => issue !== item.id);
  board.relations = board.relations.filter(
    ({ issue, related_issue }) => issue !== item.id && related_issue !== item.id,
  );
  save();
}

function refuseKnownPair(
  { board }: BoardContext,
  project: Project,
  wanted: Partial<ItemContent> & { id?: string },
): void {
  const { external_id: externalId = null, external_source: source = null } = wanted;
  if (externalId === null || source === null) return;
  const known = board.items.find(
    (item) =>
      item.project === project.id &&
      item.id !== wanted.id &&
      item.external_id === externalId &&
      item.external_source === source,
  );
  if (known === undefined) return;
  const error = 'Issue with the same external id and external source already exists';
  throw new Refusal(409, { error, id: known.id });
}

function nextSortOrder({ board }: BoardContext, stateId: string): number {
  const orders = board.items
    .filter(({ state }) => state === stateId)
    .map((item) => item.sort_order);
  return orders.length === 0 ? FIRST_SORT_ORDER : Math.max(...orders) + SORT_STEP;
}

function noteCompletion({ board }: BoardContext, item: Item): void {
  item.completed_at = stateOf(board, item).group === 'completed' ? timestampNow() : null;
}
