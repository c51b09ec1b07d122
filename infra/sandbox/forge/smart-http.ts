import { execFileSync, spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { Router, type Request, type Response } from 'express';
import { signIn } from './auth.ts';
import { gitDir, inTurn, type Forge } from './forge.ts';
import { gitEnvironment } from './git.ts';
import { pushRules } from './protections.ts';
import { settleRefs } from './ref-changes.ts';
import { findRepo } from './repositories.ts';
import { isRepoWriter, type Repo, type User } from './state.ts';

const HOOKS_DIR = join(import.meta.dirname, 'hooks');
// Called by its own path: through `git` it would cost one more process a request.
const BACKEND = join(execFileSync('git', ['--exec-path']).toString().trim(), 'git-http-backend');

interface GitRequest {
  repo: Repo;
  /** The part of the path after the repository. */
  service: string;
  user: User | null;
}

/** Clone, fetch and push of `/<owner>/<name>.git` through git's own CGI program. Anyone may read; a push needs a user who may write. */
export function smartHttpRoutes(forge: Forge): Router {
  const routes = Router();
  const services = ['info/refs', 'git-upload-pack', 'git-receive-pack'];
  for (const service of services) {
    routes.all(`/:owner/:name/${service}`, async (request, response) => {
      const { owner, name } = request.params;
      const repo = findRepo(forge, owner, name.replace(/\.git$/, ''));
      if (repo === null) {
        response.status(404).send('Not Found\n');
        return;
      }
      const pushing =
        service === 'git-receive-pack' || request.query.service === 'git-receive-pack';
      const user = admit(signIn(forge, request), { repo, pushing, response });
      if (user === 'refused') return;
      const asked = { repo, service, user };
      if (service === 'git-receive-pack') await receivePush(forge, asked, { request, response });
      else streamAnswer(startBackend(forge, asked, request), { request, response });
    });
  }
  return routes;
}

function admit(
  user: ReturnType<typeof signIn>,
  { repo, pushing, response }: { repo: Repo; pushing: boolean; response: Response },
): User | null | 'refused' {
  if (user === 'unknown' || (pushing && user === null)) {
    response.status(401).set('WWW-Authenticate', 'Basic realm="Gitea"').send('Unauthorized\n');
    return 'refused';
  }
  if (pushing && user !== null && !isRepoWriter(user, repo)) {
    response.status(403).send('User permission denied for writing.\n');
    return 'refused';
  }
  return user;
}

function startBackend(
  forge: Forge,
  { repo, service, user }: GitRequest,
  request: Request,
): ChildProcessWithoutNullStreams {
  const header = (name: string) => request.get(name) ?? '';
  const rules = user === null ? [] : pushRules(repo, user);
  const hooks = {
    GIT_CONFIG_COUNT: '1',
    GIT_CONFIG_KEY_0: 'core.hooksPath',
    GIT_CONFIG_VALUE_0: HOOKS_DIR,
    FORGE_PUSH_RULES: rules.join('\n'),
  };
  return spawn(BACKEND, [], {
    cwd: gitDir(forge, repo),
    env: {
      ...gitEnvironment(),
      ...(rules.length > 0 && hooks),
      GIT_PROJECT_ROOT: join(forge.dataDir, 'repos'),
      GIT_HTTP_EXPORT_ALL: '1',
      GIT_PROTOCOL: header('git-protocol'),
      PATH_INFO: `/${repo.owner}/${repo.name}.git/${service}`,
      QUERY_STRING: request.originalUrl.split('?')[1] ?? '',
      REQUEST_METHOD: request.method,
      CONTENT_TYPE: header('content-type'),
      CONTENT_LENGTH: header('content-length'),
      HTTP_CONTENT_ENCODING: header('content-encoding'),
      REMOTE_ADDR: request.socket.remoteAddress ?? '',
      ...(user !== null && { REMOTE_USER: user.login }),
    },
  });
}

function applyHead(head: string, response: Response): void {
  for (const line of head.split(/\r?\n/)) {
    const colon = line.indexOf(':');
    if (colon < 0) continue;
    const name = line.slice(0, colon);
    const value = line.slice(colon + 1).trim();
    if (name.toLowerCase() === 'status') response.status(Number.parseInt(value, 10));
    else response.setHeader(name, value);
  }
}

function splitHead(answer: Buffer): { head: string; bodyAt: number } | null {
  const end = answer.indexOf('\r\n\r\n');
  return end < 0 ? null : { head: answer.toString('latin1', 0, end), bodyAt: end + 4 };
}

function streamAnswer(
  backend: ChildProcessWithoutNullStreams,
  { request, response }: { request: Request; response: Response },
): void {
  let seen: Buffer | null = Buffer.alloc(0);
  backend.stdin.on('error', () => undefined);
  backend.stderr.pipe(process.stderr, { end: false });
  backend.on('error', (error) => response.destroy(error));
  backend.stdout.on('data', (chunk: Buffer) => {
    if (seen === null) {
      if (!response.write(chunk)) pauseUntilDrained(backend, response);
      return;
    }
    seen = Buffer.concat([seen, chunk]);
    const split = splitHead(seen);
    if (split === null) return;
    applyHead(split.head, response);
    response.write(seen.subarray(split.bodyAt));
    seen = null;
  });
  backend.stdout.on('end', () => response.end());
  response.on('close', () => backend.kill());
  request.pipe(backend.stdin);
}

function pauseUntilDrained(backend: ChildProcessWithoutNullStreams, response: Response): void {
  backend.stdout.pause();
  response.once('drain', () => backend.stdout.resume());
}

/** The answer waits until the consequences of the push are drawn, so whoever pushed reads them at once. */
async function receivePush(
  forge: Forge,
  asked: GitRequest,
  { request, response }: { request: Request; response: Response },
): Promise<void> {
  const { repo, user } = asked;
  const body = await buffer(request);
  const answer = await inTurn(forge.locks, repo, async () => {
    const backend = startBackend(forge, asked, request);
    backend.stdin.on('error', () => undefined);
    backend.stderr.pipe(process.stderr, { end: false });
    backend.stdin.end(body);
    const output = await buffer(backend.stdout);
    if (user !== null) await settleRefs(forge, repo, user);
    return output;
  });
  forge.store.flush();
  const split = splitHead(answer);
  if (split === null) throw new Error('git http-backend gave no answer');
  applyHead(split.head, response);
  response.end(answer.subarray(split.bodyAt));
}
