import { json, Router, type Express } from 'express';
import { apiErrors, notFound, saveBeforeAnswer } from './api.ts';
import type { CiRunner } from './ci.ts';
import { filePageRoutes } from './file-page.ts';
import type { Forge } from './forge.ts';
import { pageRoutes } from './pages.ts';
import { branchRoutes } from './routes/branches.ts';
import { commentRoutes } from './routes/comments.ts';
import { hookRoutes } from './routes/hooks.ts';
import { protectionRoutes } from './routes/protections.ts';
import { pullByBranchesRoutes, pullRoutes } from './routes/pulls.ts';
import { repoRoutes } from './routes/repos.ts';
import { reviewRoutes } from './routes/reviews.ts';
import { serverRoutes } from './routes/server.ts';
import { statusRoutes } from './routes/statuses.ts';
import { smartHttpRoutes } from './smart-http.ts';

function apiRoutes(forge: Forge): Router {
  const api = Router();
  api.use(json({ limit: '5mb' }), saveBeforeAnswer(forge));
  api.use(serverRoutes(forge));
  const ofRepo = [
    repoRoutes,
    branchRoutes,
    pullRoutes,
    reviewRoutes,
    commentRoutes,
    statusRoutes,
    hookRoutes,
    protectionRoutes,
    pullByBranchesRoutes,
  ];
  for (const routes of ofRepo) api.use('/repos/:owner/:name', routes(forge));
  api.use(() => {
    throw notFound();
  });
  api.use(apiErrors(forge));
  return api;
}

/** Mounts all of the forge: git, REST and pages. */
export function mountForge(app: Express, forge: Forge, ci: CiRunner): void {
  app.use(smartHttpRoutes(forge));
  app.get('/api/healthz', (_request, response) => {
    response.json({ status: 'pass' });
  });
  app.use('/api/v1', apiRoutes(forge));
  app.use(pageRoutes(forge, ci));
  app.use(filePageRoutes(forge));
}
