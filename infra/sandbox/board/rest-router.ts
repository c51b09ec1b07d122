import { raw } from 'express';
import type { Express, Request, Response } from 'express';
import type { BoardContext } from './board-context.ts';
import { Refusal } from './board-context.ts';
import { dumpRestJson } from './python-json.ts';
import type { RateLimit } from './rate-limit.ts';
import type { Item, Project, User } from './records.ts';

/** One REST call, after authentication. */
export interface Call {
  readonly user: User;
  readonly params: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  readonly body: Readonly<Record<string, unknown>>;
}

/** A call within a project the user is a member of. */
export interface ProjectCall extends Call {
  readonly project: Project;
}

/** A call on one work item. */
export interface ItemCall extends ProjectCall {
  readonly item: Item;
}

/** What a route answers; `body` absent with 204. */
export interface Reply {
  readonly status: number;
  readonly body?: unknown;
}

/** One row of a route table: a path without leading and trailing slash, `:name` matching one segment, and a handler a method. */
export interface Route<C> {
  readonly path: string;
  readonly methods: Readonly<Record<string, (context: BoardContext, call: C) => Reply>>;
}

/** The three tables; project and item paths are relative to their project and item. */
export interface RouteTables {
  readonly workspace: readonly Route<Call>[];
  readonly project: readonly Route<ProjectCall>[];
  readonly item: readonly Route<ItemCall>[];
}

const API = '/api/v1/';
const PROJECT_PATH = 'workspaces/:slug/projects/:projectId';
const ITEM_SEGMENTS = ['work-items', 'issues'];
const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

interface Endpoint extends Route<Call> {
  /** Project routes refuse people who are not members before anything else is looked at. */
  readonly inProject: boolean;
}

/** Mounts the tables under /api/v1 with the board's manners: trailing slash, key, membership, rate limit, in this order. */
export function mountRest(
  app: Express,
  {
    context,
    tables,
    rateLimit,
  }: { context: BoardContext; tables: RouteTables; rateLimit: RateLimit },
): void {
  const endpoints = flatten(tables);
  app.use(API, raw({ type: () => true, limit: '5mb' }), (request: Request, response: Response) => {
    const url = new URL(request.originalUrl, 'http://board');
    if (!url.pathname.endsWith('/')) {
      response.redirect(301, `${url.pathname}/${url.search}`);
      return;
    }
    const allowed: Record<string, string> = {};
    try {
      const reply = answerCall({ context, endpoints, rateLimit, request, url, allowed });
      send(response, { ...reply, headers: allowed });
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      send(response, {
        status: error.status,
        body: error.body,
        headers: { ...allowed, ...error.headers },
      });
    }
  });
}

interface Incoming {
  readonly context: BoardContext;
  readonly endpoints: readonly Endpoint[];
  readonly rateLimit: RateLimit;
  readonly request: Request;
  readonly url: URL;
  /** Filled with the rate limit headers once the call is let through. */
  readonly allowed: Record<string, string>;
}

function answerCall({ context, endpoints, rateLimit, request, url, allowed }: Incoming): Reply {
  const { board } = context;
  const { endpoint, params } = findEndpoint(endpoints, url.pathname.slice(API.length, -1));
  const user = authenticate(context, request.get('X-API-Key'));
  if (endpoint.inProject) refuseStranger(context, user, params);
  Object.assign(allowed, rateLimit.count(user.token, board.rateLimitPerMinute));
  const handle = endpoint.methods[request.method];
  if (handle === undefined) {
    throw new Refusal(405, { detail: `Method "${request.method}" not allowed.` });
  }
  return handle(context, { user, params, query: url.searchParams, body: readBody(request) });
}

function flatten({ workspace, project, item }: RouteTables): Endpoint[] {
  const itemRoutes = ITEM_SEGMENTS.flatMap((segment) =>
    item
      // Relations exist under the new name only.
      .filter(({ path }) => segment === 'work-items' || path !== 'relations')
      .map((route) => withItem(route, `${PROJECT_PATH}/${segment}/:itemId`)),
  );
  return [
    ...workspace.map((route) => ({ ...route, inProject: false })),
    ...project.map((route) => withProject(route, PROJECT_PATH)),
    ...itemRoutes,
  ];
}

function withProject({ path, methods }: Route<ProjectCall>, prefix: string): Endpoint {
  const lifted = Object.entries(methods).map(([method, handle]) => {
    const run = (context: BoardContext, call: Call) =>
      handle(context, { ...call, project: readProject(context, call.params) });
    return [method, run] as const;
  });
  return { path: joinPath(prefix, path), methods: Object.fromEntries(lifted), inProject: true };
}

function withItem({ path, methods }: Route<ItemCall>, prefix: string): Endpoint {
  const lifted = Object.entries(methods).map(([method, handle]) => {
    const run = (context: BoardContext, call: ProjectCall) => {
      const item = context.board.items.find(
        ({ id, project }) => id === call.params['itemId'] && project === call.project.id,
      );
      if (item === undefined) throw notFound();
      return handle(context, { ...call, item });
    };
    return [method, run] as const;
  });
  return withProject({ path: joinPath(prefix, path), methods: Object.fromEntries(lifted) }, '');
}

const joinPath = (...parts: string[]) => parts.filter((part) => part !== '').join('/');

/** The refusal of a thing that does not exist. */
export function notFound(): Refusal {
  return new Refusal(404, { error: 'The requested resource does not exist.' });
}

function findEndpoint(endpoints: readonly Endpoint[], path: string) {
  for (const endpoint of endpoints) {
    const params = matchPath(endpoint.path.split('/'), path.split('/'));
    if (params !== null) return { endpoint, params };
  }
  throw new Refusal(404, { error: 'Page not found.' });
}

function matchPath(pattern: string[], segments: string[]): Record<string, string> | null {
  if (pattern.length !== segments.length) return null;
  const params: Record<string, string> = {};
  for (const [index, part] of pattern.entries()) {
    const segment = decodeURIComponent(segments[index] ?? '');
    if (!part.startsWith(':')) {
      if (part !== segment) return null;
    } else if (part.endsWith('Id') && !UUID.test(segment)) {
      return null;
    } else {
      params[part.slice(1)] = segment;
    }
  }
  return params;
}

function authenticate({ board }: BoardContext, key: string | undefined): User {
  if (key === undefined) {
    throw new Refusal(401, { detail: 'Authentication credentials were not provided.' });
  }
  const user = board.users.find(({ token }) => token === key);
  if (user === undefined) throw new Refusal(403, { detail: 'Given API token is not valid' });
  return user;
}

function refuseStranger(context: BoardContext, user: User, params: Call['params']): void {
  const project = context.board.projects.find(({ id }) => id === params['projectId']);
  const isOurs = context.board.workspace?.slug === params['slug'];
  if (isOurs && project?.memberIds.includes(user.id) === true) return;
  throw new Refusal(403, { detail: 'You do not have permission to perform this action.' });
}

function readProject({ board }: BoardContext, params: Call['params']): Project {
  const project = board.projects.find(({ id }) => id === params['projectId']);
  if (project === undefined) throw notFound();
  return project;
}

function readBody(request: Request): Call['body'] {
  const bytes: unknown = request.body;
  if (!Buffer.isBuffer(bytes) || bytes.length === 0) return {};
  if (request.is('json') === false) {
    const type = request.get('Content-Type') ?? '';
    throw new Refusal(415, { detail: `Unsupported media type "${type}" in request.` });
  }
  const body = parseJson(bytes.toString());
  if (typeof body === 'object' && body !== null && !Array.isArray(body))
    return body as Call['body'];
  throw new Refusal(400, { non_field_errors: ['Invalid data. Expected a dictionary.'] });
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new Refusal(400, { detail: `JSON parse error - ${String(error)}` });
  }
}

function send(
  response: Response,
  { status, body, headers }: Reply & { headers: Record<string, string> },
): void {
  response.status(status).set(headers);
  if (body === undefined) {
    response.end();
    return;
  }
  response.setHeader('Content-Type', 'application/json');
  response.end(dumpRestJson(body));
}
