import { Router, type Request } from 'express';
import { z } from 'zod';
import { ApiError, notFound, param, readBody, requireAdmin, sendJson, sendPage } from '../api.ts';
import { gitDir, type Forge } from '../forge.ts';
import { defaultBranch, publishRefChange } from '../events.ts';
import { addHook } from '../hooks.ts';
import { timestamp, type Hook } from '../state.ts';
import { expandEvents } from '../webhooks.ts';
import { resolveCommit } from '../git-objects.ts';

const Config = z.record(z.string(), z.string());
const NewHook = z.object({
  type: z.string(),
  config: Config,
  events: z.array(z.string()).default([]),
  branch_filter: z.string().default(''),
  authorization_header: z.string().default(''),
  active: z.boolean().default(false),
});
const HookEdit = z.object({
  config: Config.default({}),
  events: z.array(z.string()).default([]),
  branch_filter: z.string().default(''),
  authorization_header: z.string().default(''),
  active: z.boolean().optional(),
});

function hookWire(hook: Hook) {
  return {
    id: hook.id,
    type: 'gitea',
    branch_filter: hook.branchFilter,
    config: { content_type: 'json', url: hook.url },
    events: hook.events,
    authorization_header: hook.authorizationHeader,
    active: hook.active,
    updated_at: hook.updatedAt,
    created_at: hook.createdAt,
  };
}

function requireHook(forge: Forge, request: Request) {
  const admin = requireAdmin(forge, request);
  const id = Number(param(request, 'id'));
  const hook = forge.state.hooks.find(
    (candidate) => candidate.repoId === admin.repo.id && candidate.id === id,
  );
  if (hook === undefined) throw notFound();
  return { ...admin, hook };
}

function requireHttpUrl(url: string): string {
  if (!/^https?:\/\//.test(url) || !URL.canParse(url)) throw new ApiError(422, 'Invalid url');
  return url;
}

/** Webhooks of a repository: inactive unless asked, the secret is never shown, PATCH overwrites the events. */
export function hookRoutes(forge: Forge): Router {
  const routes = Router({ mergeParams: true });
  routes.get('/hooks', (request, response) => {
    const { repo } = requireAdmin(forge, request);
    const items = forge.state.hooks.filter(({ repoId }) => repoId === repo.id);
    sendPage(forge, { request, response }, { items, render: hookWire });
  });
  routes.post('/hooks', (request, response) => {
    const { repo } = requireAdmin(forge, request);
    const asked = readBody(request, NewHook);
    if (asked.type !== 'gitea') throw new ApiError(422, `Invalid hook type: ${asked.type}`);
    const { url, content_type: contentType, secret = '' } = asked.config;
    if (url === undefined) throw new ApiError(422, 'Missing config option: url');
    if (contentType === undefined) throw new ApiError(422, 'Missing config option: content_type');
    const hook = addHook(forge, repo, {
      url: requireHttpUrl(url),
      secret,
      events: asked.events,
      branchFilter: asked.branch_filter,
      authorizationHeader: asked.authorization_header,
      active: asked.active,
    });
    sendJson(response, 201, hookWire(hook));
  });
  routes.get('/hooks/:id', (request, response) => {
    sendJson(response, 200, hookWire(requireHook(forge, request).hook));
  });
  routes.patch('/hooks/:id', (request, response) => {
    const { hook } = requireHook(forge, request);
    const asked = readBody(request, HookEdit);
    if (asked.config.url !== undefined) hook.url = requireHttpUrl(asked.config.url);
    hook.events = expandEvents(asked.events);
    hook.branchFilter = asked.branch_filter;
    hook.authorizationHeader = asked.authorization_header;
    if (asked.active !== undefined) hook.active = asked.active;
    hook.updatedAt = timestamp();
    forge.store.save();
    sendJson(response, 200, hookWire(hook));
  });
  routes.delete('/hooks/:id', (request, response) => {
    const { hook } = requireHook(forge, request);
    forge.state.hooks.splice(forge.state.hooks.indexOf(hook), 1);
    forge.store.save();
    sendJson(response, 204, null);
  });
  routes.post('/hooks/:id/tests', async (request, response) => {
    const { repo, user: sender } = requireHook(forge, request);
    const ref = `refs/heads/${defaultBranch(repo)}`;
    const sha = await resolveCommit(gitDir(forge, repo), ref);
    if (sha === null) throw notFound();
    publishRefChange(forge, repo, { change: { ref, before: sha, after: sha }, sender });
    sendJson(response, 204, null);
  });
  return routes;
}
