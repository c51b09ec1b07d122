import { randomUUID } from 'node:crypto';
import type { Deliveries } from '../kit/deliveries.ts';
import { timestampNow } from './microsecond-clock.ts';
import type { Board, Item, Profile, Project, State, User } from './records.ts';

/** A refusal as the wire knows it: status and JSON body. */
export class Refusal extends Error {
  readonly status: number;
  readonly body: unknown;
  readonly headers: Readonly<Record<string, string>>;

  constructor(status: number, body: unknown, headers: Readonly<Record<string, string>> = {}) {
    super(`refused with ${status}`);
    this.status = status;
    this.body = body;
    this.headers = headers;
  }
}

/** The board's records with what every operation needs: saving and webhooks. */
export interface BoardContext {
  readonly board: Board;
  readonly save: () => void;
  readonly deliveries: Deliveries;
}

/** The common columns of a fresh record; `actor` null for records made by the seed. */
export function newRecord(board: Board, project: Project, actor: User | null) {
  const at = timestampNow();
  return {
    id: randomUUID(),
    created_at: at,
    updated_at: at,
    deleted_at: null,
    created_by: actor?.id ?? null,
    updated_by: null,
    project: project.id,
    workspace: workspaceOf(board).id,
  };
}

/** The one workspace; throws when nothing was seeded. */
export function workspaceOf(board: Board): { id: string; slug: string } {
  if (board.workspace === null) throw new Error('the board has no workspace: seed it first');
  return board.workspace;
}

/** A project's states in board order. */
export function statesOf(board: Board, project: Project): State[] {
  return board.states
    .filter((state) => state.project === project.id)
    .sort((a, b) => a.sequence - b.sequence);
}

/** The state of an item; throws when the store is inconsistent. */
export function stateOf(board: Board, item: Item): State {
  return found(board.states, item.state);
}

/** The public profile of a user by id; throws when the store is inconsistent. */
export function profileOf(board: Board, userId: string): Profile {
  return found(board.users, userId).profile;
}

/** The record with that id; throws when the store is inconsistent. */
export function found<T extends { id: string }>(records: readonly T[], id: string): T {
  const record = records.find((candidate) => candidate.id === id);
  if (record === undefined) throw new Error(`no record ${id}`);
  return record;
}

/** An item's human key such as `NOTE-1`. */
export function keyOf(board: Board, item: Item): string {
  return `${found(board.projects, item.project).identifier}-${item.sequence_id}`;
}
