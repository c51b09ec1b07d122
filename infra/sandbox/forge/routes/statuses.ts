import { Router, type Request } from 'express';
import { z } from 'zod';
import {
  ApiError,
  notFound,
  pageOf,
  param,
  query,
  readBody,
  requireRepo,
  requireWriter,
  sendJson,
  sendPage,
  setPageHeaders,
  viewerOf,
} from '../api.ts';
import { gitDir, type Forge } from '../forge.ts';
import { resolveCommit } from '../git-objects.ts';
import type { Repo } from '../state.ts';
import { appendStatus, combineStates, latestStatuses, statusHistory } from '../statuses.ts';
import { repoWire } from '../wire-common.ts';
import { statusWire } from '../wire-pull.ts';

const NewStatus = z.object({
  state: z.enum(['pending', 'success', 'error', 'failure', 'warning', 'skipped']),
  context: z.string().default('default'),
  description: z.string().default(''),
  target_url: z.string().default(''),
});

async function requireSha(forge: Forge, repo: Repo, request: Request): Promise<string> {
  const sha = await resolveCommit(gitDir(forge, repo), param(request, 'ref'));
  if (sha === null) throw notFound();
  return sha;
}

/** Commit statuses: append a row, the history, and the combined state of one page of the latest rows. */
export function statusRoutes(forge: Forge): Router {
  const routes = Router({ mergeParams: true });
  routes.post('/statuses/:sha', async (request, response) => {
    const { repo, user } = requireWriter(forge, request);
    const { target_url: targetUrl, ...asked } = readBody(request, NewStatus);
    const sha = await resolveCommit(gitDir(forge, repo), param(request, 'sha'));
    if (sha === null)
      throw new ApiError(500, `object does not exist [id: ${param(request, 'sha')}]`);
    const status = appendStatus(forge, repo, { ...asked, sha, targetUrl, creatorId: user.id });
    sendJson(response, 201, statusWire(forge, status));
  });
  routes.get(['/commits/:ref/statuses', '/statuses/:ref'], async (request, response) => {
    const repo = requireRepo(forge, request);
    const state = query(request, 'state');
    const items = statusHistory(forge, repo, await requireSha(forge, repo, request))
      .filter((status) => state === '' || status.state === state)
      .reverse();
    const render = (status: (typeof items)[number]) => statusWire(forge, status);
    sendPage(forge, { request, response }, { items, render });
  });
  routes.get('/commits/:ref/status', async (request, response) => {
    const repo = requireRepo(forge, request);
    const sha = await requireSha(forge, repo, request);
    const all = latestStatuses(forge, repo, sha);
    const { skip, limit } = pageOf(request);
    const shown = all.slice(skip, skip + limit);
    const commitUrl = `${forge.url()}/api/v1/repos/${repo.owner}/${repo.name}/commits/${sha}`;
    setPageHeaders(forge, { request, response }, all.length);
    sendJson(response, 200, {
      state: combineStates(shown),
      sha,
      total_count: shown.length,
      statuses: shown.length === 0 ? null : shown.map((status) => statusWire(forge, status)),
      repository: repoWire(forge, repo, viewerOf(forge, request)),
      commit_url: commitUrl,
      url: `${commitUrl}/status`,
    });
  });
  return routes;
}
