import { Router } from 'express';
import type { Registry } from 'prom-client';
import type { ListTasks } from '../task-listing.ts';

/** One thing the api cannot work without. `reason` says what is wrong, null when it is well. */
export interface ReadinessCheck {
  name: string;
  reason: string | null;
}

/** What the service routes answer from. */
export interface ServiceRoutes {
  version: string;
  checkReadiness: () => Promise<readonly ReadinessCheck[]>;
  /** things people should mend although the service works */
  notices: () => readonly string[];
  listTasks: ListTasks;
  /** the stored text, or null when there is none under this id */
  readDocument: (id: string) => Promise<{ name: string; body: string } | null>;
  metrics: Registry;
}

/** /health, /ready, /status, /metrics and /documents/:id. */
export function serviceRoutes(deps: ServiceRoutes): Router {
  const router = Router();
  router.get('/health', (_request, response) => {
    const uptimeSeconds = Math.round(process.uptime());
    response.json({ status: 'ok', version: deps.version, uptimeSeconds });
  });
  router.get('/ready', async (_request, response) => {
    const checks = await deps.checkReadiness();
    const isReady = checks.every((check) => check.reason === null);
    response.status(isReady ? 200 : 503).json({ ready: isReady, checks, notices: deps.notices() });
  });
  router.get('/status', async (_request, response) => {
    response.json({ tasks: await deps.listTasks(), notices: deps.notices() });
  });
  router.get('/metrics', async (_request, response) => {
    response.type(deps.metrics.contentType).send(await deps.metrics.metrics());
  });
  router.get('/documents/:id', async (request, response, next) => {
    const document = await deps.readDocument(request.params.id);
    if (document === null) next();
    else response.type('text/plain').set('Content-Disposition', 'inline').send(document.body);
  });
  return router;
}
