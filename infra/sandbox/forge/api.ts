import type { ErrorRequestHandler, Request, RequestHandler, Response } from 'express';
import type { z } from 'zod';
import { signIn } from './auth.ts';
import type { Forge } from './forge.ts';
import { findRepo } from './repositories.ts';
import { isRepoAdmin, isRepoWriter, type Pull, type Repo, type User } from './state.ts';

const DEFAULT_PAGE_SIZE = 30;
const MAX_PAGE_SIZE = 50;

/** A refusal with the status and message of the real forge. */
export class ApiError extends Error {
  override name = 'ApiError';
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/** 404 as the forge says it. */
export function notFound(): ApiError {
  return new ApiError(404, 'not found');
}

/** Answers with JSON and the content type of the forge; a status of 204 has no body. */
export function sendJson(response: Response, status: number, body: unknown): void {
  response.statusCode = status;
  if (status === 204) {
    response.end();
    return;
  }
  // Not through express, which would normalise the content type.
  response.setHeader('Content-Type', 'application/json;charset=utf-8');
  response.end(JSON.stringify(body));
}

/** Saves before a writing request is answered, so a kill cannot undo what was acknowledged. */
export function saveBeforeAnswer(forge: Forge): RequestHandler {
  return (request, response, next) => {
    if (request.method !== 'GET') {
      const end = response.end.bind(response);
      response.end = ((...args: Parameters<typeof end>) => {
        forge.store.flush();
        return end(...args);
      }) as typeof response.end;
    }
    next();
  };
}

/** A path parameter; the segments of a wildcard are joined. */
export function param(request: Request, name: string): string {
  const value = request.params[name];
  return Array.isArray(value) ? value.join('/') : (value ?? '');
}

/** A query parameter, or an empty text. */
export function query(request: Request, name: string): string {
  const value = request.query[name];
  return typeof value === 'string' ? value : '';
}

/** The signed-in user, null for an anonymous visitor; throws 401 on a wrong token. */
export function viewerOf(forge: Forge, request: Request): User | null {
  const user = signIn(forge, request);
  if (user === 'unknown') throw new ApiError(401, 'user does not exist [uid: 0, name: ]');
  return user;
}

/** The signed-in user; throws 401 without one. */
export function requireUser(forge: Forge, request: Request): User {
  const user = viewerOf(forge, request);
  if (user === null) throw new ApiError(401, 'token is required');
  return user;
}

/** The repository the path names; throws 404. */
export function requireRepo(forge: Forge, request: Request): Repo {
  const repo = findRepo(forge, param(request, 'owner'), param(request, 'name'));
  if (repo === null) throw notFound();
  return repo;
}

/** The repository and a user who may write to it; throws 401, 403 or 404. */
export function requireWriter(forge: Forge, request: Request): { repo: Repo; user: User } {
  const repo = requireRepo(forge, request);
  const user = requireUser(forge, request);
  if (!isRepoWriter(user, repo)) {
    throw new ApiError(403, 'user should have a permission to write to a repo');
  }
  return { repo, user };
}

/** The repository and a user who may administer it; throws 401, 403 or 404. */
export function requireAdmin(forge: Forge, request: Request): { repo: Repo; user: User } {
  const repo = requireRepo(forge, request);
  const user = requireUser(forge, request);
  if (!isRepoAdmin(user, repo)) {
    throw new ApiError(
      403,
      'user should be an owner or a collaborator with admin write of a repository',
    );
  }
  return { repo, user };
}

/** The pull request the path names in its repository; throws 404. */
export function requirePull(forge: Forge, request: Request): { repo: Repo; pull: Pull } {
  const repo = requireRepo(forge, request);
  const number = Number(param(request, 'number'));
  const pull = forge.state.pulls.find(
    (candidate) => candidate.repoId === repo.id && candidate.number === number,
  );
  if (pull === undefined) throw notFound();
  return { repo, pull };
}

/** The request body as the schema wants it; throws 422 naming the first field that is wrong, as the forge does. */
export function readBody<T>(request: Request, schema: z.ZodType<T>): T {
  const parsed = schema.safeParse(request.body ?? {});
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  const field = String(issue?.path[0] ?? 'Body');
  const rule = issue?.code === 'invalid_value' ? 'In' : 'Required';
  throw new ApiError(422, `[${field.charAt(0).toUpperCase()}${field.slice(1)}]: ${rule}`);
}

/** The page a request asks for; `limit` is silently clamped to the forge's maximum. */
export function pageOf(request: Request): { page: number; limit: number; skip: number } {
  const whole = (name: string) => Math.max(0, Number.parseInt(query(request, name), 10) || 0);
  const page = Math.max(1, whole('page'));
  const limit = Math.min(whole('limit') || DEFAULT_PAGE_SIZE, MAX_PAGE_SIZE);
  return { page, limit, skip: (page - 1) * limit };
}

/** Sets X-Total-Count and the Link header of a paged answer. */
export function setPageHeaders(
  forge: Forge,
  { request, response }: { request: Request; response: Response },
  total: number,
): void {
  const { page, limit } = pageOf(request);
  const last = Math.max(1, Math.ceil(total / limit));
  const link = (rel: string, to: number) => {
    const url = new URL(request.originalUrl, forge.url());
    url.searchParams.set('page', String(to));
    return `<${url.href}>; rel="${rel}"`;
  };
  const links = [
    ...(page < last ? [link('next', page + 1), link('last', last)] : []),
    ...(page > 1 ? [link('first', 1), link('prev', page - 1)] : []),
  ];
  response.setHeader('X-Total-Count', String(total));
  if (links.length > 0) response.setHeader('Link', links.join(','));
}

/** Answers with one page of a list. */
export function sendPage<T>(
  forge: Forge,
  exchange: { request: Request; response: Response },
  { items, render }: { items: readonly T[]; render: (item: T) => unknown },
): void {
  const { skip, limit } = pageOf(exchange.request);
  setPageHeaders(forge, exchange, items.length);
  sendJson(exchange.response, 200, items.slice(skip, skip + limit).map(render));
}

function isAdminRequest(forge: Forge, request: Request): boolean {
  const user = signIn(forge, request);
  return user !== null && user !== 'unknown' && user.permission === 'admin';
}

/** Turns errors into the forge's JSON: a 500 has an empty message unless an administrator asked. */
export function apiErrors(forge: Forge): ErrorRequestHandler {
  // Express knows an error handler by its four parameters.
  // eslint-disable-next-line max-params
  return (error: unknown, request, response, next) => {
    if (response.headersSent) {
      next(error);
      return;
    }
    const url = `${forge.url()}/api/swagger`;
    const status = error instanceof Error && 'status' in error ? Number(error.status) : 500;
    const message = error instanceof Error ? error.message : String(error);
    if (!(error instanceof ApiError)) console.error(request.method, request.originalUrl, error);
    const hidden = status === 500 && !isAdminRequest(forge, request);
    const body = { message: hidden ? '' : message, url };
    sendJson(response, status, status === 404 ? { errors: null, ...body } : body);
  };
}
