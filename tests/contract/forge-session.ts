import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { execa } from 'execa';
import { vi } from 'vitest';
import { startProgram } from '../world/start-program.ts';

/** An answer of the forge; `body` is null when there was none, a text when it was not JSON. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: unknown;
}

/** A started forge, spoken to over HTTP and git; everyone's token is `<login>-token`, null is nobody. */
export interface ForgeSession extends AsyncDisposable {
  readonly url: string;
  readonly dataDir: string;
  /** `request` is a method and a path below /api/v1/. */
  readonly api: (as: string | null, request: string, body?: object | null) => Promise<Answer>;
  readonly control: (name: string, body: object) => Promise<Answer>;
  readonly page: (path: string) => Promise<string>;
  /** The address git uses for a repository, with a login's token in it. */
  readonly remote: (slug: string, as: string | null) => string;
  /** Ends the forge; its data stay. */
  readonly stop: () => Promise<void>;
  /** Ends the forge and starts it again on the same data and another port. */
  readonly restart: () => Promise<ForgeSession>;
}

/** A work tree of a repository of the forge; `git` answers with trimmed output and throws on failure. */
export interface Clone extends AsyncDisposable {
  readonly git: (...args: string[]) => Promise<string>;
  /** Commits files with their whole content and answers with the new commit. */
  readonly commit: (files: Record<string, string>, message?: string) => Promise<string>;
  /** Pushes a refspec; extra arguments such as `--force` come after it. */
  readonly push: (refspec: string, ...args: string[]) => Promise<string>;
}

/** The users every session has: an administrator, a writer and a reader, in the order of their ids. */
const USERS = [
  { login: 'bot', token: 'bot-token', admin: true },
  { login: 'dev', token: 'dev-token' },
  { login: 'guest', token: 'guest-token', readOnly: true },
];

/** Starts a forge in a fresh directory. */
export async function startForge(seed: object = {}): Promise<ForgeSession> {
  const dataDir = await mkdtemp(join(tmpdir(), 'sandbox-forge-'));
  return openForge(dataDir, { users: USERS, ...seed });
}

async function openForge(dataDir: string, section: object): Promise<ForgeSession> {
  const args = ['--port', '0', '--data', dataDir];
  const program = await startProgram('infra/sandbox/forge/main.ts', args);
  const { url } = program;
  await call(`${url}/_sandbox/seed`, { method: 'POST', body: section });
  return {
    url,
    dataDir,
    api: (as, request, body) => {
      const [method = '', path = ''] = request.split(' ');
      return call(`${url}/api/v1/${path}`, { method, body, as });
    },
    control: (name, body) => call(`${url}/_sandbox/${name}`, { method: 'POST', body }),
    page: async (path) => (await fetch(`${url}${path}`)).text(),
    remote: (slug, as) => {
      const user = as === null ? '' : `${as}:${as}-token@`;
      return `${url.replace('//', `//${user}`)}/${slug}.git`;
    },
    stop: program.stop,
    restart: async () => {
      await program.stop();
      return openForge(dataDir, section);
    },
    async [Symbol.asyncDispose]() {
      await program.stop();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

const isObject = (value: unknown) => typeof value === 'object' && value !== null;

async function call(
  url: string,
  { method, body, as }: { method: string; body?: object | null | undefined; as?: string | null },
): Promise<Answer> {
  const response = await fetch(url, {
    method,
    headers: {
      ...(typeof as === 'string' && { Authorization: `token ${as}-token` }),
      ...(isObject(body) && { 'Content-Type': 'application/json' }),
    },
    ...(isObject(body) && { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  const isJson = response.headers.get('Content-Type')?.includes('json') === true;
  const parsed = isJson ? (JSON.parse(text) as unknown) : text;
  return { status: response.status, headers: response.headers, body: text === '' ? null : parsed };
}

/** Clones a repository as somebody. */
export async function cloneRepo(
  forge: ForgeSession,
  slug: string,
  as: string | null,
): Promise<Clone> {
  const tree = await mkdtemp(join(tmpdir(), 'sandbox-forge-clone-'));
  const env = { GIT_CONFIG_GLOBAL: '/dev/null', GIT_TERMINAL_PROMPT: '0' };
  const git = async (...args: string[]) => (await execa('git', args, { cwd: tree, env })).stdout;
  await git('clone', '--quiet', forge.remote(slug, as), '.');
  await git('config', 'user.name', 'Developer');
  await git('config', 'user.email', 'developer@example.com');
  return {
    git,
    commit: async (files, message = `Change ${Object.keys(files).join(' ')}`) => {
      for (const [path, content] of Object.entries(files)) {
        await mkdir(dirname(join(tree, path)), { recursive: true });
        await writeFile(join(tree, path), content);
      }
      await git('add', '--all');
      await git('commit', '--quiet', '-m', message);
      return git('rev-parse', 'HEAD');
    },
    push: (refspec, ...args) => git('push', '--quiet', 'origin', refspec, ...args),
    [Symbol.asyncDispose]: () => rm(tree, { recursive: true, force: true }),
  };
}

/** One property of an answered object, by path of keys. */
export function property({ body }: Answer, ...path: string[]): unknown {
  let value: unknown = body;
  for (const key of path) value = (value as Record<string, unknown>)[key];
  return value;
}

/** Repeats an expectation until it holds, and answers with what it found; throws its last failure after 20 s. */
export async function eventually<T>(expectation: () => T | Promise<T>): Promise<T> {
  return await vi.waitFor(expectation, { timeout: 20_000, interval: 50 });
}
