import { recordActivity } from './activity-log.ts';
import type { BoardContext } from './board-context.ts';
import { found, keyOf, newRecord, Refusal } from './board-context.ts';
import type { Item, Relation, User } from './records.ts';

interface Direction {
  readonly stored: Relation['relation_type'];
  /** True when the stored row runs from the other item to this one. */
  readonly reversed: boolean;
  readonly opposite: RelationType;
}

/** The relation types of the wire, in the order of the answer. */
const RELATION_TYPES = [
  'blocking',
  'blocked_by',
  'duplicate',
  'relates_to',
  'start_after',
  'start_before',
  'finish_after',
  'finish_before',
] as const;
type RelationType = (typeof RELATION_TYPES)[number];

const DIRECTIONS: Record<RelationType, Direction> = {
  blocking: { stored: 'blocked_by', reversed: true, opposite: 'blocked_by' },
  blocked_by: { stored: 'blocked_by', reversed: false, opposite: 'blocking' },
  duplicate: { stored: 'duplicate', reversed: false, opposite: 'duplicate' },
  relates_to: { stored: 'relates_to', reversed: false, opposite: 'relates_to' },
  start_after: { stored: 'start_before', reversed: true, opposite: 'start_before' },
  start_before: { stored: 'start_before', reversed: false, opposite: 'start_after' },
  finish_after: { stored: 'finish_before', reversed: true, opposite: 'finish_before' },
  finish_before: { stored: 'finish_before', reversed: false, opposite: 'finish_after' },
};

/** All relations of an item by type, each as `{project_id, issue_id}`. */
export function listRelations({ board }: BoardContext, item: Item): Record<RelationType, object[]> {
  const entries = RELATION_TYPES.map((type) => {
    const ids = board.relations.flatMap((relation) => otherEnd(relation, item, type) ?? []);
    const refs = ids.map((id) => ({ project_id: found(board.items, id).project, issue_id: id }));
    return [type, refs] as const;
  });
  return Object.fromEntries(entries) as Record<RelationType, object[]>;
}

/** Relates items; a pair that is related already is left as it is without a word. Throws a 400 Refusal on an unknown type or item. */
export function relateItems(
  context: BoardContext,
  { item, actor }: { item: Item; actor: User },
  body: Readonly<Record<string, unknown>>,
): object[] {
  const { board, save } = context;
  const type = readType(body['relation_type']);
  const others = readItems(context, body['issues']);
  const answers = others.map((other) => {
    const { stored, reversed, opposite } = DIRECTIONS[type];
    const row = newRecord(board, found(board.projects, item.project), actor);
    if (!board.relations.some((relation) => isBetween(relation, item, other))) {
      const [from, to] = reversed ? [other, item] : [item, other];
      board.relations.push({ ...row, issue: from.id, related_issue: to.id, relation_type: stored });
      noteRelation(context, { item, actor, other }, type);
      noteRelation(context, { item: other, actor, other: item }, opposite);
    }
    return {
      id: other.id,
      project_id: other.project,
      sequence_id: other.sequence_id,
      relation_type: type,
      name: other.name,
      state_id: other.state,
      priority: other.priority,
      created_by: actor.id,
      created_at: row.created_at,
      updated_at: row.updated_at,
      updated_by: actor.id,
    };
  });
  save();
  return answers;
}

function otherEnd(relation: Relation, item: Item, type: RelationType): string | null {
  const { stored, reversed, opposite } = DIRECTIONS[type];
  if (relation.relation_type !== stored) return null;
  const { issue, related_issue: related } = relation;
  if (opposite === type) return issue === item.id ? related : related === item.id ? issue : null;
  const [self, other] = reversed ? [related, issue] : [issue, related];
  return self === item.id ? other : null;
}

function isBetween({ issue, related_issue: related }: Relation, a: Item, b: Item): boolean {
  return (issue === a.id && related === b.id) || (issue === b.id && related === a.id);
}

function noteRelation(
  context: BoardContext,
  { item, actor, other }: { item: Item; actor: User; other: Item },
  type: RelationType,
): void {
  const change = { field: type, comment: `added ${type} relation`, oldValue: '' };
  const newValue = keyOf(context.board, other);
  recordActivity(context, { item, actor }, { ...change, newValue, oldId: other.id });
}

function readType(value: unknown): RelationType {
  if (value === undefined) throw new Refusal(400, { relation_type: ['This field is required.'] });
  const type = RELATION_TYPES.find((candidate) => candidate === value);
  if (type !== undefined) return type;
  throw new Refusal(400, { relation_type: [`${JSON.stringify(value)} is not a valid choice.`] });
}

function readItems({ board }: BoardContext, ids: unknown): Item[] {
  if (!Array.isArray(ids)) throw new Refusal(400, { issues: ['This field is required.'] });
  return ids.map((id: unknown) => {
    const item = board.items.find((candidate) => candidate.id === id);
    if (item === undefined) throw new Refusal(400, { error: 'The payload is not valid' });
    return item;
  });
}
