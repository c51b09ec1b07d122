import { Router, type Request } from 'express';
import { z } from 'zod';
import {
  notFound,
  pageOf,
  param,
  query,
  readBody,
  requireAdmin,
  requireRepo,
  sendJson,
  setPageHeaders,
  viewerOf,
} from '../api.ts';
import { defaultBranch } from '../events.ts';
import { gitDir, type Forge } from '../forge.ts';
import { git, readBlob } from '../git.ts';
import { countCommits, listCommits, readCommit, resolveCommit } from '../git-objects.ts';
import type { Repo } from '../state.ts';
import { listedCommitWire, REPO_SETTINGS, repoWire } from '../wire-common.ts';
import { pullWire } from '../wire-pull.ts';

const Settings = z.record(z.string(), z.unknown());

async function requireCommit(forge: Forge, repo: Repo, revision: string): Promise<string> {
  const sha = await resolveCommit(gitDir(forge, repo), revision);
  if (sha === null) throw notFound();
  return sha;
}

function refWire(forge: Forge, repo: Repo, [ref, sha]: [string, string]) {
  const git = `${forge.url()}/api/v1/repos/${repo.owner}/${repo.name}/git`;
  const object = { type: 'commit', sha, url: `${git}/commits/${sha}` };
  return { ref, url: `${git}/${ref}`, object };
}

/** The repository itself, its commits, refs and files. */
export function repoRoutes(forge: Forge): Router {
  const routes = Router({ mergeParams: true });
  routes.get('/', (request, response) => {
    const repo = requireRepo(forge, request);
    sendJson(response, 200, repoWire(forge, repo, viewerOf(forge, request)));
  });
  routes.patch('/', (request, response) => {
    const { repo, user } = requireAdmin(forge, request);
    const known = Object.entries(readBody(request, Settings)).filter(
      ([name]) => name in REPO_SETTINGS,
    );
    Object.assign(repo.settings, Object.fromEntries(known));
    forge.store.save();
    sendJson(response, 200, repoWire(forge, repo, user));
  });
  addCommitRoutes(forge, routes);
  addRefRoutes(forge, routes);
  addFileRoutes(forge, routes);
  return routes;
}

function addCommitRoutes(forge: Forge, routes: Router): void {
  routes.get('/commits', async (request, response) => {
    const repo = requireRepo(forge, request);
    const revision = query(request, 'sha') || defaultBranch(repo);
    const sha = await requireCommit(forge, repo, revision);
    const total = await countCommits(gitDir(forge, repo), [sha]);
    const commits = await listCommits(gitDir(forge, repo), [sha], pageOf(request));
    setPageHeaders(forge, { request, response }, total);
    sendJson(
      response,
      200,
      commits.map((commit) => listedCommitWire(forge, repo, commit)),
    );
  });
  routes.get('/git/commits/:sha', async (request, response) => {
    const repo = requireRepo(forge, request);
    const sha = await requireCommit(forge, repo, param(request, 'sha'));
    const commit = await readCommit(gitDir(forge, repo), sha);
    if (commit === null) throw notFound();
    sendJson(response, 200, listedCommitWire(forge, repo, commit));
  });
  routes.get('/commits/:sha/pull', async (request, response) => {
    const repo = requireRepo(forge, request);
    const pull = forge.state.pulls.find(
      ({ repoId, merged }) => repoId === repo.id && merged?.sha === param(request, 'sha'),
    );
    if (pull === undefined) throw notFound();
    sendJson(response, 200, await pullWire(forge, pull, viewerOf(forge, request)));
  });
}

function addRefRoutes(forge: Forge, routes: Router): void {
  routes.get('/git/refs{/*prefix}', (request, response) => {
    const repo = requireRepo(forge, request);
    const prefix = `refs/${param(request, 'prefix')}`;
    const refs = Object.entries(repo.refs).filter(([ref]) => ref.startsWith(prefix));
    if (refs.length === 0) throw notFound();
    const wires = refs.map((entry) => refWire(forge, repo, entry));
    const exact = refs.length === 1 && refs[0]?.[0] === prefix;
    sendJson(response, 200, exact ? wires[0] : wires);
  });
}

async function readFileAt(forge: Forge, request: Request) {
  const repo = requireRepo(forge, request);
  const directory = gitDir(forge, repo);
  const revision = query(request, 'ref') || defaultBranch(repo);
  const sha = await requireCommit(forge, repo, revision);
  const path = param(request, 'path');
  const entry = (await git(directory, ['ls-tree', '--long', sha, '--', path])).split('\n')[0] ?? '';
  const [, type, blob, size] = (entry.split('\t')[0] ?? '').split(/\s+/);
  if (blob === undefined || type !== 'blob') throw notFound();
  const content = await readBlob(directory, blob);
  return { repo, sha, revision, path, blob, size: Number(size), content };
}

function addFileRoutes(forge: Forge, routes: Router): void {
  routes.get('/raw/*path', async (request, response) => {
    const { content } = await readFileAt(forge, request);
    response.setHeader('Content-Type', 'application/octet-stream');
    response.end(content);
  });
  routes.get('/contents/*path', async (request, response) => {
    const file = await readFileAt(forge, request);
    const { repo, sha, revision, path, blob } = file;
    const api = `${forge.url()}/api/v1/repos/${repo.owner}/${repo.name}`;
    const page = `${forge.url()}/${repo.owner}/${repo.name}`;
    const history = ['log', '-1', '--format=%H', sha, '--', path];
    sendJson(response, 200, {
      name: path.split('/').at(-1),
      path,
      sha: blob,
      last_commit_sha: await git(gitDir(forge, repo), history),
      type: 'file',
      size: file.size,
      encoding: 'base64',
      content: file.content.toString('base64'),
      target: null,
      url: `${api}/contents/${path}?ref=${revision}`,
      html_url: `${page}/src/commit/${sha}/${path}`,
      git_url: `${api}/git/blobs/${blob}`,
      download_url: `${page}/raw/commit/${sha}/${path}`,
      submodule_git_url: null,
    });
  });
}
