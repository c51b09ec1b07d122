import type { Change } from './activity-log.ts';
import { found, keyOf } from './board-context.ts';
import type { Board, Item, ItemContent } from './records.ts';

/** An item before and after a write. */
export interface Versions {
  readonly before: Item;
  readonly after: Item;
}

type Describe = (board: Board, versions: Versions) => Change[];

/** What the activity log says of a changed property: nothing for those the real board does not track. */
export function describeChanges(
  board: Board,
  field: keyof ItemContent,
  versions: Versions,
): Change[] {
  return DESCRIBE[field]?.(board, versions) ?? [];
}

const plain =
  (field: 'name' | 'priority' | 'start_date' | 'target_date'): Describe =>
  (_board, { before, after }) => [
    {
      field,
      comment: `updated the ${field} to`,
      oldValue: before[field] ?? '',
      newValue: after[field] ?? '',
    },
  ];

const set =
  (field: 'labels' | 'assignees', nameOf: (board: Board, id: string) => string): Describe =>
  (board, { before, after }) => {
    const word = field.slice(0, -1);
    const added = after[field].filter((id) => !before[field].includes(id));
    const removed = before[field].filter((id) => !after[field].includes(id));
    return [
      ...added.map((id) => ({
        field,
        comment: `added ${word} `,
        oldValue: '',
        newValue: nameOf(board, id),
        newId: id,
      })),
      ...removed.map((id) => ({
        field,
        comment: `removed ${word} `,
        oldValue: nameOf(board, id),
        newValue: '',
        oldId: id,
      })),
    ];
  };

const describeState: Describe = (board, { before, after }) => [
  {
    field: 'state',
    comment: 'updated the state to',
    oldValue: found(board.states, before.state).name,
    newValue: found(board.states, after.state).name,
    oldId: before.state,
    newId: after.state,
  },
];

const describeParent: Describe = (board, { before, after }) => {
  const keyOrEmpty = (id: string | null) =>
    id === null ? '' : keyOf(board, found(board.items, id));
  return [
    {
      field: 'parent',
      comment: 'updated the parent issue to',
      oldValue: keyOrEmpty(before.parent),
      newValue: keyOrEmpty(after.parent),
      oldId: before.parent,
      newId: after.parent,
    },
  ];
};

const describeDescription: Describe = (_board, { before, after }) => [
  {
    field: 'description',
    comment: 'updated the description to',
    oldValue: before.description_html,
    newValue: after.description_html,
  },
];

const DESCRIBE: Partial<Record<keyof ItemContent, Describe>> = {
  name: plain('name'),
  priority: plain('priority'),
  start_date: plain('start_date'),
  target_date: plain('target_date'),
  state: describeState,
  parent: describeParent,
  description_html: describeDescription,
  labels: set('labels', (board, id) => found(board.labels, id).name),
  assignees: set('assignees', (board, id) => found(board.users, id).profile.display_name),
};
