import { Refusal } from './board-context.ts';

const MAX_PER_PAGE = 1000;

/** The part of the query that pages, orders and trims a list. */
export interface ListQuery {
  readonly query: URLSearchParams;
  /** Used when the query names no `order_by`; a leading minus means descending. */
  readonly defaultOrder: string;
}

/** One page of records as the board answers it. Offset based: items shift while paging. Throws a 400 Refusal on a bad cursor or per_page. */
export function paginate(records: readonly object[], { query, defaultOrder }: ListQuery): object {
  const limit = readPerPage(query.get('per_page'));
  const cursor = readCursor(query.get('cursor') ?? `${limit}:0:0`);
  const ordered = order(records, query.get('order_by') ?? defaultOrder);
  const offset = cursor.page * cursor.size;
  const window = ordered.slice(offset, offset + cursor.size + 1);
  const results = window.slice(0, limit);
  return {
    grouped_by: null,
    sub_grouped_by: null,
    total_count: records.length,
    next_cursor: `${limit}:${cursor.page + 1}:0`,
    prev_cursor: `${limit}:${cursor.page - 1}:1`,
    next_page_results: window.length > limit,
    prev_page_results: cursor.page > 0,
    count: results.length,
    total_pages: Math.ceil(records.length / limit),
    total_results: records.length,
    extra_stats: null,
    results: results.map((record) => pickFields(record, query)),
  };
}

/** Keeps the properties named by `fields`, all when it is absent. */
export function pickFields(record: object, query: URLSearchParams): object {
  const wanted = query.get('fields')?.split(',').filter(Boolean) ?? [];
  if (wanted.length === 0) return record;
  return Object.fromEntries(Object.entries(record).filter(([key]) => wanted.includes(key)));
}

function readPerPage(text: string | null): number {
  const perPage = Number(text ?? MAX_PER_PAGE);
  if (!Number.isInteger(perPage) || perPage < 1) {
    throw new Refusal(400, { detail: 'Invalid per_page parameter.' });
  }
  if (perPage > MAX_PER_PAGE) {
    throw new Refusal(400, { detail: `Invalid per_page value. Cannot exceed ${MAX_PER_PAGE}.` });
  }
  return perPage;
}

function readCursor(text: string): { size: number; page: number } {
  const match = /^(\d+):(-?\d+):[01]$/.exec(text);
  const [size, page] = [Number(match?.[1]), Number(match?.[2])];
  if (match === null || page < 0) throw new Refusal(400, { detail: 'Invalid cursor parameter.' });
  return { size, page };
}

function order(records: readonly object[], orderBy: string): object[] {
  const descending = orderBy.startsWith('-');
  const key = descending ? orderBy.slice(1) : orderBy;
  const valueOf = (record: object) => (record as Record<string, unknown>)[key] ?? null;
  return records.toSorted((a, b) => {
    const [left, right] = [valueOf(a), valueOf(b)];
    const sign = compare(left, right);
    return descending ? -sign : sign;
  });
}

function compare(a: unknown, b: unknown): number {
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  const [left, right] = [String(a), String(b)];
  return left < right ? -1 : Number(left > right);
}
