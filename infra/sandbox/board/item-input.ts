import { isDeepStrictEqual } from 'node:util';
import { Refusal } from './board-context.ts';
import { PRIORITIES } from './records.ts';
import type { Board, ItemContent, Project } from './records.ts';
import { sanitiseHtml } from './sanitise-html.ts';

const MAX_POINT = 12;
const MAX_NAME_LENGTH = 255;

type Body = Readonly<Record<string, unknown>>;
type Parsed = { value: unknown } | { errors: unknown };
type Reader = (value: unknown, board: Board, project: Project) => Parsed;

const refuse = (...errors: string[]): Parsed => ({ errors });
const nullable =
  (read: Reader): Reader =>
  (value, board, project) =>
    value === null ? { value } : read(value, board, project);

const text =
  (maxLength: number): Reader =>
  (value) => {
    if (value === null) return refuse('This field may not be null.');
    if (typeof value !== 'string') return refuse('Not a valid string.');
    if (value.trim() === '') return refuse('This field may not be blank.');
    if (value.length > maxLength) {
      return refuse(`Ensure this field has no more than ${maxLength} characters.`);
    }
    return { value: value.trim() };
  };

const readHtml: Reader = (value) => {
  if (value === null || value === '') return { value: '<p></p>' };
  return typeof value === 'string' ? { value: sanitiseHtml(value) } : refuse('Not a valid string.');
};

const readPriority: Reader = (value) =>
  PRIORITIES.some((priority) => priority === value)
    ? { value }
    : refuse(`${JSON.stringify(value)} is not a valid choice.`);

const readPoint: Reader = (value) => {
  const point = Number(value);
  if (!Number.isInteger(point)) return refuse('A valid integer is required.');
  if (point < 0) return refuse('Ensure this value is greater than or equal to 0.');
  if (point > MAX_POINT) return refuse(`Ensure this value is less than or equal to ${MAX_POINT}.`);
  return { value: point };
};

const readDate: Reader = (value) =>
  typeof value === 'string' && /^\d{4}-\d\d-\d\d$/.test(value)
    ? { value }
    : refuse('Date has wrong format. Use one of these formats instead: YYYY-MM-DD.');

const one =
  (kind: 'states' | 'items'): Reader =>
  (value, board) =>
    board[kind].some(({ id }) => id === value) ? { value } : refuse(noSuch(value));

const many =
  (
    kind: 'labels' | 'users',
    isInside: (id: string, board: Board, project: Project) => boolean,
  ): Reader =>
  (value, board, project) => {
    if (!Array.isArray(value))
      return refuse(`Expected a list of items but got type "${typeof value}".`);
    const errors = value.flatMap((id: unknown, index) =>
      board[kind].some((record) => record.id === id) ? [] : [[String(index), [noSuch(id)]]],
    );
    if (errors.length > 0) return { errors: Object.fromEntries(errors) as object };
    // Ids of another project are dropped without a word.
    return { value: [...new Set(value as string[])].filter((id) => isInside(id, board, project)) };
  };

const noSuch = (id: unknown) => `Invalid pk "${String(id)}" - object does not exist.`;

const READERS = {
  name: text(MAX_NAME_LENGTH),
  description_html: readHtml,
  priority: readPriority,
  state: one('states'),
  labels: many('labels', (id, board, project) =>
    board.labels.some((label) => label.id === id && label.project === project.id),
  ),
  assignees: many('users', (id, _board, project) => project.memberIds.includes(id)),
  parent: nullable(one('items')),
  point: nullable(readPoint),
  estimate_point: nullable(text(MAX_NAME_LENGTH)),
  start_date: nullable(readDate),
  target_date: nullable(readDate),
  external_source: nullable(text(MAX_NAME_LENGTH)),
  external_id: nullable(text(MAX_NAME_LENGTH)),
} satisfies Record<keyof ItemContent, Reader>;

/** Reads the writable properties of an item out of a request body, ignoring unknown ones; throws a 400 Refusal with the errors per field. */
export function readItemContent(
  body: Body,
  { board, project }: { board: Board; project: Project },
): Partial<ItemContent> {
  const content: Record<string, unknown> = {};
  const errors: Record<string, unknown> = {};
  for (const [field, read] of Object.entries(READERS)) {
    if (!(field in body)) continue;
    const parsed: Parsed = read(body[field], board, project);
    if ('errors' in parsed) errors[field] = parsed.errors;
    else content[field] = parsed.value;
  }
  if (Object.keys(errors).length > 0) throw new Refusal(400, errors);
  const read = content as Partial<ItemContent>;
  refuseForeignState(read, board, project);
  return read;
}

/** True when both values mean the same; the order of ids in a list does not count. */
export function isSameValue(a: unknown, b: unknown): boolean {
  if (Array.isArray(a) && Array.isArray(b)) return isDeepStrictEqual(a.toSorted(), b.toSorted());
  return isDeepStrictEqual(a, b);
}

function refuseForeignState({ state }: Partial<ItemContent>, board: Board, project: Project): void {
  if (state === undefined) return;
  if (board.states.some(({ id, project: owner }) => id === state && owner === project.id)) return;
  throw new Refusal(400, { non_field_errors: ['State is not valid please pass a valid state_id'] });
}
