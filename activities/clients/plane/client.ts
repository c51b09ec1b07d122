import type { z } from 'zod';
import type { StateGroup } from '../../../workflows/domain/board-item.ts';
import type { BotRole } from '../../../workflows/domain/effects.ts';
import type { Project } from '../../../workflows/domain/project.ts';
import { HttpStatusError } from '../../errors.ts';
import { httpJson, parseAnswer } from '../../http-json.ts';
import type { JsonAnswer } from '../../http-json.ts';
import { Activity, Comment, State, User, WorkItem, page } from './schema.ts';

/** Where a project lives on the board. */
export type BoardProject = Project['board'];

/** A work item as the board has it; `stateName` is the board's own name, labels null when they could not be read. */
export interface BoardWorkItem {
  id: string;
  sequence: number;
  title: string;
  descriptionHtml: string;
  priority: string;
  createdById: string;
  /** ISO time with microseconds */
  updatedAt: string;
  state: { id: string; name: string; group: StateGroup };
  labels: readonly string[] | null;
}

/** One state change of the activity log; `to` is the board's own state name, `at` ISO with microseconds. */
export interface BoardStateChange {
  id: string;
  at: string;
  actorId: string;
  to: string;
}

/** A state of a board project; `group` as the board says it. */
export interface BoardState {
  id: string;
  name: string;
  group: string;
  sequence: number;
}

/** A member of a board project. */
export interface BoardUser {
  id: string;
  name: string;
}

/** A comment as the board has it. */
export interface BoardComment {
  id: string;
  at: string;
  actorId: string;
  html: string;
}

/** A comment to write once: the pair of source and `externalId` is its identity. */
export interface NewBoardComment {
  itemId: string;
  html: string;
  externalId: string;
  by: BotRole;
}

/** The board. Every method throws HttpStatusError or ToolError; none retries. */
export interface BoardClient {
  /** The item, or null when the board has none. */
  readItem(project: BoardProject, itemId: string): Promise<BoardWorkItem | null>;
  /** Items changed most recently first, `limit` at most. */
  listRecentItems(project: BoardProject, limit: number): Promise<readonly BoardWorkItem[]>;
  /** State changes oldest first: the newest 300 among the item's last 1000 activities. */
  listStateChanges(project: BoardProject, itemId: string): Promise<readonly BoardStateChange[]>;
  listStates(project: BoardProject): Promise<readonly BoardState[]>;
  listMembers(project: BoardProject): Promise<readonly BoardUser[]>;
  /** Comments oldest first. */
  listComments(project: BoardProject, itemId: string): Promise<readonly BoardComment[]>;
  /** User ids of every account this client writes or reads with; each is asked for once. */
  botIds(): Promise<ReadonlySet<string>>;
  setState(project: BoardProject, itemId: string, stateId: string): Promise<void>;
  /** False = a comment with this external id was already there. */
  addComment(project: BoardProject, comment: NewBoardComment): Promise<boolean>;
}

/** How to reach a Plane. Roles without a token of their own write with the shared one. */
export interface PlaneOptions {
  /** root of the server, no trailing slash */
  url: string;
  sharedToken: string;
  roleTokens: Partial<Readonly<Record<BotRole, string>>>;
  timeoutMs: number;
}

const PAGE_SIZE = 100;
const MAX_PAGES = 10;
const MAX_STATE_CHANGES = 300;
const COMMENT_SOURCE = 'orchestrator';

/** A board client for Plane CE, REST v1. */
export function createPlaneClient(options: PlaneOptions): BoardClient {
  return new PlaneClient(options);
}

class PlaneClient implements BoardClient {
  readonly #options: PlaneOptions;
  readonly #userIds = new Map<string, string>();

  constructor(options: PlaneOptions) {
    this.#options = options;
  }

  async readItem(project: BoardProject, itemId: string): Promise<BoardWorkItem | null> {
    const path = `${itemPath(project, itemId)}?expand=state,labels`;
    try {
      return toItem(parseAnswer(WorkItem, await this.#get(path), `GET ${path}`));
    } catch (error) {
      if (error instanceof HttpStatusError && error.status === 404) return null;
      throw error;
    }
  }

  async listRecentItems(project: BoardProject, limit: number): Promise<readonly BoardWorkItem[]> {
    const path = `${projectPath(project)}work-items/?order_by=-updated_at&expand=state,labels`;
    const rows = await this.#list(path, WorkItem, (found) => found.length >= limit);
    return rows.slice(0, limit).map(toItem);
  }

  async listStateChanges(
    project: BoardProject,
    itemId: string,
  ): Promise<readonly BoardStateChange[]> {
    const path = `${itemPath(project, itemId)}activities/?order_by=-created_at`;
    const rows = await this.#list(
      path,
      Activity,
      (found) => found.filter(isStateChange).length >= MAX_STATE_CHANGES,
    );
    return rows
      .filter(isStateChange)
      .slice(0, MAX_STATE_CHANGES)
      .map((row) => ({
        id: row.id,
        at: toMicroseconds(row.created_at),
        actorId: row.actor ?? '',
        to: row.new_value ?? '',
      }))
      .reverse()
      .sort(byTime);
  }

  async listStates(project: BoardProject): Promise<readonly BoardState[]> {
    return this.#list(`${projectPath(project)}states/`, State);
  }

  async listMembers(project: BoardProject): Promise<readonly BoardUser[]> {
    const path = `${projectPath(project)}members/`;
    const users = parseAnswer(User.array(), await this.#get(path), `GET ${path}`);
    return users.map((user) => ({ id: user.id, name: user.display_name ?? user.id }));
  }

  async listComments(project: BoardProject, itemId: string): Promise<readonly BoardComment[]> {
    const rows = await this.#list(`${itemPath(project, itemId)}comments/`, Comment);
    return rows
      .map((row) => ({
        id: row.id,
        at: toMicroseconds(row.created_at),
        actorId: row.actor ?? row.created_by ?? '',
        html: row.comment_html ?? '',
      }))
      .sort(byTime);
  }

  async botIds(): Promise<ReadonlySet<string>> {
    const { sharedToken, roleTokens } = this.#options;
    const tokens = new Set([sharedToken, ...Object.values(roleTokens)]);
    for (const token of tokens) {
      if (this.#userIds.has(token)) continue;
      const answer = await this.#call({ method: 'GET', path: '/users/me/', token });
      this.#userIds.set(token, parseAnswer(User, answer, 'GET /users/me/').id);
    }
    return new Set(this.#userIds.values());
  }

  async setState(project: BoardProject, itemId: string, stateId: string): Promise<void> {
    const token = this.#tokenOf('stream');
    const path = itemPath(project, itemId);
    await this.#call({ method: 'PATCH', path, token, body: { state: stateId } });
  }

  async addComment(project: BoardProject, comment: NewBoardComment): Promise<boolean> {
    const body = {
      comment_html: comment.html,
      external_source: COMMENT_SOURCE,
      external_id: comment.externalId,
    };
    const path = `${itemPath(project, comment.itemId)}comments/`;
    try {
      await this.#call({ method: 'POST', path, token: this.#tokenOf(comment.by), body });
      return true;
    } catch (error) {
      if (error instanceof HttpStatusError && error.status === 409) return false;
      throw error;
    }
  }

  #tokenOf(role: BotRole): string {
    return this.#options.roleTokens[role] ?? this.#options.sharedToken;
  }

  #get(path: string): Promise<JsonAnswer> {
    return this.#call({ method: 'GET', path, token: this.#options.sharedToken });
  }

  // Offset paging shifts while it is read: rows are kept once by id.
  async #list<T extends { id: string }>(
    path: string,
    row: z.ZodType<T>,
    isEnough: (rows: readonly T[]) => boolean = () => false,
  ): Promise<T[]> {
    const rows = new Map<string, T>();
    let cursor = `${PAGE_SIZE}:0:0`;
    for (let pages = 0; pages < MAX_PAGES; pages += 1) {
      const join = path.includes('?') ? '&' : '?';
      const pagePath = `${path}${join}per_page=${PAGE_SIZE}&cursor=${cursor}`;
      const answer = parseAnswer(page(row), await this.#get(pagePath), `GET ${path}`);
      for (const found of answer.results) if (!rows.has(found.id)) rows.set(found.id, found);
      if (!answer.next_page_results || isEnough([...rows.values()])) break;
      cursor = answer.next_cursor;
    }
    return [...rows.values()];
  }

  #call(call: {
    method: 'GET' | 'POST' | 'PATCH';
    path: string;
    token: string;
    body?: unknown;
  }): Promise<JsonAnswer> {
    return httpJson({
      system: 'Plane',
      call: `${call.method} ${call.path}`,
      method: call.method,
      url: `${this.#options.url}/api/v1${call.path}`,
      headers: { 'x-api-key': call.token },
      timeoutMs: this.#options.timeoutMs,
      ...(call.body !== undefined && { body: call.body }),
    });
  }
}

// Plane redirects a path without its closing slash and a redirected write loses its body.
function projectPath(project: BoardProject): string {
  return `/workspaces/${encodeURIComponent(project.workspace)}/projects/${encodeURIComponent(project.projectId)}/`;
}

function itemPath(project: BoardProject, itemId: string): string {
  return `${projectPath(project)}work-items/${encodeURIComponent(itemId)}/`;
}

function isStateChange(row: Activity): boolean {
  return row.field === 'state' || row.field === 'state_id';
}

function toItem(row: WorkItem): BoardWorkItem {
  return {
    id: row.id,
    sequence: row.sequence_id,
    title: row.name,
    descriptionHtml: row.description_html ?? '',
    priority: row.priority ?? 'none',
    createdById: row.created_by ?? '',
    updatedAt: toMicroseconds(row.updated_at),
    state: row.state,
    labels: row.labels?.map((label) => label.name) ?? null,
  };
}

/** Times are compared as text, and the board drops a fraction that is zero. */
function toMicroseconds(time: string): string {
  const [, seconds, fraction] = /^(.*?)(?:\.(\d+))?Z$/.exec(time) ?? [];
  return seconds === undefined ? time : `${seconds}.${(fraction ?? '').padEnd(6, '0')}Z`;
}

function byTime(one: { at: string }, other: { at: string }): number {
  if (one.at === other.at) return 0;
  return one.at < other.at ? -1 : 1;
}
