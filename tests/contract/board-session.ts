import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, vi } from 'vitest';
import { startProgram } from '../world/start-program.ts';

/** An answer of a stand-in; `body` is null when there was none. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: unknown;
}

/** A started board with one project, spoken to over HTTP. `api` and `project` take a line like `GET states/`, relative to /api/v1/ and to the project. */
export interface BoardSession extends AsyncDisposable {
  readonly url: string;
  readonly dataDir: string;
  readonly projectPath: string;
  readonly api: (as: string | null, line: string, body?: object) => Promise<Answer>;
  readonly project: (as: string, line: string, body?: object) => Promise<Answer>;
  readonly control: (name: string, body: object) => Promise<Answer>;
  readonly submit: (path: string, form: Record<string, string>) => Promise<Response>;
  /** Resolves once every webhook sent so far was tried once. */
  readonly webhooksSettled: () => Promise<void>;
  readonly restart: () => Promise<BoardSession>;
}

interface Seed {
  readonly users: readonly { name: string; bot?: boolean }[];
  readonly project: Record<string, unknown>;
  readonly webhookUrl?: string;
  readonly rateLimitPerMinute?: number;
}

/** Starts a board in a fresh directory and seeds it; everyone's key is `key-<name>`. */
export async function startBoard(seed: Seed): Promise<BoardSession> {
  const dataDir = await mkdtemp(join(tmpdir(), 'sandbox-board-'));
  return openBoard(dataDir, {
    users: seed.users.map((user) => ({ ...user, token: `key-${user.name}` })),
    projects: [seed.project],
    rateLimitPerMinute: seed.rateLimitPerMinute ?? 6000,
    ...(seed.webhookUrl !== undefined && {
      webhook: { url: seed.webhookUrl, secret: 'plane_wh_test' },
    }),
  });
}

async function openBoard(dataDir: string, section: object): Promise<BoardSession> {
  const program = await startProgram('infra/sandbox/board/main.ts', [
    '--port',
    '0',
    '--data',
    dataDir,
  ]);
  const { url } = program;
  await call(`${url}/_sandbox/seed`, { method: 'POST', body: section });
  const [owner] = (section as { users: { token: string }[] }).users;
  const key = owner?.token ?? '';
  const listed = await call(`${url}/api/v1/workspaces/acme/projects/`, { method: 'GET', key });
  const [project] = resultsOf(listed);
  const projectPath = `workspaces/acme/projects/${String(project?.['id'])}/`;
  const api: BoardSession['api'] = (as, line, body) => {
    const [method = '', path = ''] = line.split(' ');
    const key = as === null ? undefined : `key-${as}`;
    return call(`${url}/api/v1/${path}`, { method, body, key });
  };
  return {
    url,
    dataDir,
    projectPath,
    api,
    project: (as, line, body) => api(as, line.replace(' ', ` ${projectPath}`), body),
    control: (name, body) => call(`${url}/_sandbox/${name}`, { method: 'POST', body }),
    submit: (path, form) =>
      fetch(`${url}${path}`, {
        method: 'POST',
        body: new URLSearchParams(form),
        redirect: 'manual',
      }),
    webhooksSettled: async () => {
      await vi.waitFor(async () => {
        const state = await (await fetch(`${url}/_sandbox/state`)).json();
        expect(state).toMatchObject({ deliveries: { pending: 0 } });
      });
    },
    restart: async () => {
      await program.stop();
      return openBoard(dataDir, section);
    },
    async [Symbol.asyncDispose]() {
      await program.stop();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

/** The results of a paged answer. */
export function resultsOf({ body }: Answer): Record<string, unknown>[] {
  return (body as { results: Record<string, unknown>[] }).results;
}

/** One property of an answered object. */
export function property({ body }: Answer, name: string): unknown {
  return (body as Record<string, unknown>)[name];
}

async function call(
  url: string,
  { method, body, key }: { method: string; body?: object | undefined; key?: string | undefined },
): Promise<Answer> {
  const response = await fetch(url, {
    method,
    redirect: 'manual',
    headers: {
      ...(key !== undefined && { 'X-API-Key': key }),
      ...(body !== undefined && { 'Content-Type': 'application/json' }),
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  const isJson = response.headers.get('Content-Type')?.includes('json') === true;
  return {
    status: response.status,
    headers: response.headers,
    body: isJson ? (JSON.parse(text) as unknown) : null,
  };
}
