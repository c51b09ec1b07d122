import express from 'express';
import type { ErrorRequestHandler, Express } from 'express';
import type { Logger } from 'pino';
import type { Project } from '../workflows/domain/project.ts';
import type { TaskSignals } from './hint.ts';
import { createHints } from './hints.ts';
import type { HintsOptions } from './hints.ts';
import type { ApiMetrics, DeliveryResult } from './metrics.ts';
import { serviceRoutes } from './routes/service.ts';
import type { ServiceRoutes } from './routes/service.ts';
import { renderTasksPage } from './web/tasks-page.ts';
import { translateGitea } from './webhooks/gitea.ts';
import { translatePlane } from './webhooks/plane.ts';
import { countSignals, receiveWebhook } from './webhooks/receive.ts';
import type { WebhookSource } from './webhooks/receive.ts';

/** Everything the api needs from outside. */
export interface ApiDeps extends Omit<ServiceRoutes, 'metrics'> {
  signals: TaskSignals;
  /** when a target may be signalled again; once a second in production */
  pace: HintsOptions['pace'];
  projects: () => readonly Project[];
  secrets: { plane: string; gitea: string };
  bots: { boardUserIds: readonly string[]; forgeLogins: readonly string[] };
  metrics: ApiMetrics;
  log: Logger;
}

/** The api as an express application; it never listens by itself. */
export function createApp(deps: ApiDeps): Express {
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  app.use((_request, response, next) => {
    response.set({
      'X-Content-Type-Options': 'nosniff',
      'Content-Security-Policy': "default-src 'none'; style-src 'unsafe-inline'",
    });
    next();
  });
  const hints = createHints({ signals: countSignals(deps.signals, deps.metrics), pace: deps.pace });
  for (const source of webhookSources(deps)) {
    const { metrics, log } = deps;
    app.post(`/webhooks/${source.name}`, ...receiveWebhook(source, { hints, metrics, log }));
  }
  app.use(serviceRoutes({ ...deps, metrics: deps.metrics.registry }));
  app.get('/', async (_request, response) => {
    response.type('html').send(renderTasksPage(await deps.listTasks(), deps.notices()));
  });
  app.use((request, response) => {
    response.status(404).json({ error: `there is no ${request.method} ${request.path}` });
  });
  app.use(answerError(deps));
  return app;
}

function webhookSources(deps: ApiDeps): readonly WebhookSource[] {
  const { secrets, bots } = deps;
  return [
    {
      name: 'plane',
      signatureHeader: 'X-Plane-Signature',
      secret: secrets.plane,
      translate: (body) =>
        translatePlane(body, { projects: deps.projects(), botIds: bots.boardUserIds }),
    },
    {
      name: 'gitea',
      signatureHeader: 'X-Gitea-Signature',
      secret: secrets.gitea,
      translate: (body, header) =>
        translateGitea(header('X-Gitea-Event') ?? '', body, {
          projects: deps.projects(),
          botLogins: bots.forgeLogins,
        }),
    },
  ];
}

/** Errors of reading a request carry their status; anything else is ours, and says 503 because a later try may work. */
function answerError({ metrics, log }: ApiDeps): ErrorRequestHandler {
  // Express knows an error handler by its four parameters.
  // eslint-disable-next-line max-params
  return (error: unknown, request, response, next) => {
    if (response.headersSent) {
      next(error);
      return;
    }
    const status = statusOf(error);
    const source = /^\/webhooks\/(\w+)$/.exec(request.path)?.[1];
    if (source !== undefined) {
      metrics.delivered(source, DELIVERY_RESULTS[status] ?? 'bad_request');
    }
    if (status < 500) {
      const problem = status === 413 ? 'the body is over 1 MB' : 'the request cannot be read';
      response.status(status).json({ error: problem });
      return;
    }
    log.error({ err: error, path: request.path }, 'request failed');
    const reason = error instanceof Error ? error.message : String(error);
    response.status(503).set('Retry-After', '5').json({ error: reason });
  };
}

const DELIVERY_RESULTS: Readonly<Record<number, DeliveryResult>> = {
  413: 'too_large',
  500: 'unavailable',
};

function statusOf(error: unknown): number {
  const status = error instanceof Error && 'status' in error ? Number(error.status) : 500;
  return status >= 400 && status < 500 ? status : 500;
}
