import { json, Router } from 'express';
import type { Deliveries } from './deliveries.ts';
import type { Faults } from './faults.ts';

/** What the control routes steer. `seed` is given the program's own section and must be idempotent. */
export interface Controls {
  readonly faults: Faults;
  readonly deliveries?: Deliveries;
  readonly state: () => object;
  readonly seed: (section: unknown) => void | Promise<void>;
  /** The program's own switches: `POST /_sandbox/<name>` calls one with the body and answers what it returns. */
  readonly actions?: Readonly<Record<string, (body: unknown) => object>>;
}

/** The routes under `/_sandbox` that every stand-in has; mount before the fault middleware. Bad input is 400 with `{error}`. */
export function controlRoutes(controls: Controls): Router {
  const { faults, deliveries, state, seed, actions = {} } = controls;
  const routes = Router();
  routes.use(json({ limit: '5mb', strict: false }));
  routes.get('/state', (_request, response) => {
    response.json({
      ...state(),
      faults: faults.list(),
      deliveries: deliveries?.describe() ?? null,
    });
  });
  routes.post('/faults', (request, response) => {
    response.status(201).json(faults.add(request.body));
  });
  routes.delete('/faults', (_request, response) => {
    faults.clear();
    response.status(204).end();
  });
  if (deliveries !== undefined) {
    routes.post('/webhooks', (request, response) => {
      deliveries.configure(request.body);
      response.json(deliveries.describe().switches);
    });
  }
  for (const [name, act] of Object.entries(actions)) {
    routes.post(`/${name}`, (request, response) => {
      response.json(act(request.body));
    });
  }
  routes.post('/seed', async (request, response) => {
    await seed(request.body);
    response.json({ ok: true });
  });
  return routes;
}
