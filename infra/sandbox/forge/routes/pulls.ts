import { Router, type Request, type Response } from 'express';
import { z } from 'zod';
import {
  ApiError,
  notFound,
  pageOf,
  param,
  query,
  readBody,
  requirePull,
  requireRepo,
  requireUser,
  requireWriter,
  sendJson,
  sendPage,
  setPageHeaders,
  viewerOf,
} from '../api.ts';
import { gitDir, type Forge } from '../forge.ts';
import { git } from '../git.ts';
import { countCommits, listChangedFiles, listCommits } from '../git-objects.ts';
import { mergePull, MERGE_STYLES, MergeConflict, type MergeStyle } from '../merge.ts';
import { editPull, openPull } from '../pulls.ts';
import type { Pull, Repo } from '../state.ts';
import { listedCommitWire } from '../wire-common.ts';
import { pullWire, readPullFacts } from '../wire-pull.ts';
import { deleteBranch } from './branches.ts';

const NewPull = z.object({
  head: z.string().min(1),
  base: z.string().min(1),
  title: z.string().min(1),
  body: z.string().default(''),
});
const PullEdit = z.object({
  title: z.string().optional(),
  body: z.string().optional(),
  base: z.string().optional(),
  state: z.enum(['open', 'closed']).optional(),
});
const styles = Object.keys(MERGE_STYLES) as [MergeStyle, ...MergeStyle[]];
const MergeForm = z.object({
  Do: z.enum(styles),
  MergeTitleField: z.string().default(''),
  MergeMessageField: z.string().default(''),
  head_commit_id: z.string().default(''),
  force_merge: z.boolean().default(false),
  delete_branch_after_merge: z.boolean().default(false),
});

const ORDERS: Record<string, (a: Pull, b: Pull) => number> = {
  oldest: (a, b) => a.id - b.id,
  recentupdate: (a, b) => b.updatedAt.localeCompare(a.updatedAt) || b.id - a.id,
  leastupdate: (a, b) => a.updatedAt.localeCompare(b.updatedAt) || a.id - b.id,
};

function selectPulls(forge: Forge, repo: Repo, request: Request): Pull[] {
  const state = query(request, 'state') || 'open';
  const base = query(request, 'base_branch');
  const poster = query(request, 'poster');
  const posterId = forge.state.users.find(({ login }) => login === poster)?.id;
  return forge.state.pulls
    .filter((pull) => pull.repoId === repo.id)
    .filter((pull) => state === 'all' || pull.state === state)
    .filter((pull) => base === '' || pull.baseRef === base)
    .filter((pull) => poster === '' || pull.authorId === posterId)
    .sort(ORDERS[query(request, 'sort')] ?? ((a, b) => b.id - a.id));
}

const COUNTS = new Set(['additions', 'deletions', 'changed_files']);

// In lists the real forge leaves out the counts and writes null for what is empty.
function listedPullWire(wire: Awaited<ReturnType<typeof pullWire>>) {
  const { requested_reviewers: reviewers } = wire;
  return {
    ...Object.fromEntries(Object.entries(wire).filter(([name]) => !COUNTS.has(name))),
    assignees: null,
    requested_reviewers: reviewers.length === 0 ? null : reviewers,
    requested_reviewers_teams: null,
  };
}

async function sendPulls(
  forge: Forge,
  { request, response }: { request: Request; response: Response },
): Promise<void> {
  const viewer = viewerOf(forge, request);
  const pulls = selectPulls(forge, requireRepo(forge, request), request);
  const { skip, limit } = pageOf(request);
  setPageHeaders(forge, { request, response }, pulls.length);
  const shown = pulls.slice(skip, skip + limit);
  const wires = await Promise.all(shown.map((pull) => pullWire(forge, pull, viewer)));
  sendJson(response, 200, wires.map(listedPullWire));
}

/** Pull requests: list, open, read, edit, their commits and files. */
export function pullRoutes(forge: Forge): Router {
  const routes = Router({ mergeParams: true });
  routes.get('/pulls', async (request, response) => {
    await sendPulls(forge, { request, response });
  });
  routes.post('/pulls', async (request, response) => {
    const repo = requireRepo(forge, request);
    const user = requireUser(forge, request);
    const pull = openPull(forge, { repo, user }, readBody(request, NewPull));
    sendJson(response, 201, await pullWire(forge, pull, user));
  });
  routes.get(['/pulls/:number.diff', '/pulls/:number.patch'], async (request, response) => {
    const { repo, pull } = requirePull(forge, request);
    const { mergeBase } = await readPullFacts(forge, pull);
    const command = request.path.endsWith('.diff') ? ['diff'] : ['format-patch', '--stdout'];
    response.setHeader('Content-Type', 'text/plain;charset=utf-8');
    const range = `${mergeBase}..${pull.headSha}`;
    response.end(`${await git(gitDir(forge, repo), [...command, range])}\n`);
  });
  routes.get('/pulls/:number', async (request, response) => {
    const { pull } = requirePull(forge, request);
    sendJson(response, 200, await pullWire(forge, pull, viewerOf(forge, request)));
  });
  routes.patch('/pulls/:number', async (request, response) => {
    const { repo, pull } = requirePull(forge, request);
    const user = requireUser(forge, request);
    if (user.id !== pull.authorId) requireWriter(forge, request);
    editPull(forge, { repo, user, pull }, readBody(request, PullEdit));
    sendJson(response, 201, await pullWire(forge, pull, user));
  });
  addContentRoutes(forge, routes);
  addMergeRoutes(forge, routes);
  return routes;
}

function fileWire(forge: Forge, repo: Repo, pull: Pull) {
  const page = `${forge.url()}/${repo.owner}/${repo.name}`;
  const api = `${forge.url()}/api/v1/repos/${repo.owner}/${repo.name}`;
  return (file: Awaited<ReturnType<typeof listChangedFiles>>[number]) => ({
    filename: file.path,
    status: file.status,
    additions: file.additions,
    deletions: file.deletions,
    changes: file.additions + file.deletions,
    html_url: `${page}/src/commit/${pull.headSha}/${file.path}`,
    contents_url: `${api}/contents/${file.path}?ref=${pull.headSha}`,
    raw_url: `${page}/raw/commit/${pull.headSha}/${file.path}`,
  });
}

function addContentRoutes(forge: Forge, routes: Router): void {
  routes.get('/pulls/:number/files', async (request, response) => {
    const { repo, pull } = requirePull(forge, request);
    const { mergeBase } = await readPullFacts(forge, pull);
    const items = await listChangedFiles(gitDir(forge, repo), mergeBase, pull.headSha);
    sendPage(forge, { request, response }, { items, render: fileWire(forge, repo, pull) });
  });
  routes.get('/pulls/:number/commits', async (request, response) => {
    const { repo, pull } = requirePull(forge, request);
    const { mergeBase } = await readPullFacts(forge, pull);
    const range = [`${mergeBase}..${pull.headSha}`];
    const total = await countCommits(gitDir(forge, repo), range);
    const commits = await listCommits(gitDir(forge, repo), range, pageOf(request));
    setPageHeaders(forge, { request, response }, total);
    const wires = commits.map((commit) => listedCommitWire(forge, repo, commit));
    sendJson(response, 200, wires);
  });
}

function addMergeRoutes(forge: Forge, routes: Router): void {
  routes.get('/pulls/:number/merge', (request, response) => {
    const { pull } = requirePull(forge, request);
    if (pull.merged === null) throw notFound();
    sendJson(response, 204, null);
  });
  routes.post('/pulls/:number/merge', async (request, response) => {
    const { repo, pull } = requirePull(forge, request);
    const form = readBody(request, MergeForm);
    const user = requireUser(forge, request);
    const order = {
      style: form.Do,
      title: form.MergeTitleField,
      message: form.MergeMessageField,
      expectedHead: form.head_commit_id,
      force: form.force_merge,
    };
    try {
      requireMerger(forge, request);
      await mergePull(forge, { repo, pull, user, order });
    } catch (error) {
      if (!(error instanceof MergeConflict)) throw error;
      sendJson(response, 409, error.body);
      return;
    }
    if (form.delete_branch_after_merge) await deleteBranch(forge, { repo, user }, pull.headRef);
    response.status(200).end();
  });
}

function requireMerger(forge: Forge, request: Request): void {
  try {
    requireWriter(forge, request);
  } catch (error) {
    const forbidden = error instanceof ApiError && error.status === 403;
    throw forbidden ? new ApiError(405, 'User not allowed to merge PR') : error;
  }
}

/** A pull request by its branches; mount after all other pull request routes. Any match in any state answers, an old merged one included, as on the real forge. */
export function pullByBranchesRoutes(forge: Forge): Router {
  const routes = Router({ mergeParams: true });
  routes.get('/pulls/:base/*head', async (request, response) => {
    const repo = requireRepo(forge, request);
    const pull = forge.state.pulls.find(
      ({ repoId, baseRef, headRef }) =>
        repoId === repo.id &&
        baseRef === param(request, 'base') &&
        headRef === param(request, 'head'),
    );
    if (pull === undefined) throw notFound();
    sendJson(response, 200, await pullWire(forge, pull, viewerOf(forge, request)));
  });
  return routes;
}
