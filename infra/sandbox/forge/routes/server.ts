import { Router } from 'express';
import { z } from 'zod';
import { ApiError, readBody, requireUser, sendJson } from '../api.ts';
import type { Forge } from '../forge.ts';
import { createRepository, findRepo } from '../repositories.ts';
import type { User } from '../state.ts';
import { repoWire, userWire } from '../wire-common.ts';

const NewRepo = z.object({ name: z.string().min(1), auto_init: z.boolean().default(false) });
type NewRepo = z.infer<typeof NewRepo>;

async function addRepository(
  forge: Forge,
  { owner, user, asked }: { owner: string; user: User; asked: NewRepo },
) {
  if (findRepo(forge, owner, asked.name) !== null) {
    throw new ApiError(409, 'The repository with the same name already exists.');
  }
  const first = { kind: asked.auto_init ? ('readme' as const) : ('none' as const) };
  const repo = await createRepository(forge, { owner, name: asked.name, first });
  return repoWire(forge, repo, user);
}

/** Version, limits, who am I, and new repositories. */
export function serverRoutes(forge: Forge): Router {
  const routes = Router();
  routes.get('/version', (_request, response) => {
    sendJson(response, 200, { version: '1.26.0+sandbox' });
  });
  routes.get('/settings/api', (_request, response) => {
    sendJson(response, 200, {
      max_response_items: 50,
      default_paging_num: 30,
      default_git_trees_per_page: 1000,
      default_max_blob_size: 10_485_760,
      default_max_response_size: 104_857_600,
    });
  });
  routes.get('/user', (request, response) => {
    const user = requireUser(forge, request);
    sendJson(response, 200, userWire(forge, user, user));
  });
  routes.post('/user/repos', async (request, response) => {
    const user = requireUser(forge, request);
    const asked = readBody(request, NewRepo);
    sendJson(response, 201, await addRepository(forge, { owner: user.login, user, asked }));
  });
  routes.post('/orgs/:org/repos', async (request, response) => {
    const user = requireUser(forge, request);
    if (user.permission !== 'admin') throw new ApiError(403, 'Must be an organization owner');
    const asked = readBody(request, NewRepo);
    sendJson(response, 201, await addRepository(forge, { owner: request.params.org, user, asked }));
  });
  return routes;
}
