import { join } from 'node:path';
import { z } from 'zod';
import { Deliveries } from '../kit/deliveries.ts';
import { Faults } from '../kit/faults.ts';
import { serveProgram } from '../kit/serve-program.ts';
import { StateFile } from '../kit/state-file.ts';
import type { BoardContext } from './board-context.ts';
import { ITEM_ROUTES } from './item-routes.ts';
import { mountPages } from './pages.ts';
import { PROJECT_ROUTES } from './project-routes.ts';
import { RateLimit } from './rate-limit.ts';
import { EMPTY_BOARD } from './records.ts';
import { mountRest } from './rest-router.ts';
import { seedBoard } from './seed.ts';
import { WORKSPACE_ROUTES } from './workspace-routes.ts';

const ActivityLag = z.object({ ms: z.number().min(0) });
const TABLES = { workspace: WORKSPACE_ROUTES, project: PROJECT_ROUTES, item: ITEM_ROUTES };

await serveProgram({
  name: 'board',
  defaultPort: 3400,
  create: ({ dataDir }) => {
    const file = new StateFile(join(dataDir, 'state.json'), structuredClone(EMPTY_BOARD));
    const deliveries = new Deliveries();
    const save = () => {
      file.save();
    };
    const context: BoardContext = { board: file.state, save, deliveries };
    return {
      faults: new Faults(),
      deliveries,
      state: () => file.state,
      seed: (section) => {
        seedBoard(context, section);
      },
      actions: {
        'activity-lag': (body) => {
          file.state.activityLagMs = ActivityLag.parse(body).ms;
          file.save();
          return { activityLagMs: file.state.activityLagMs };
        },
      },
      mount: (app) => {
        mountRest(app, { context, tables: TABLES, rateLimit: new RateLimit() });
        mountPages(app, context);
      },
      close: () => {
        file.flush();
      },
    };
  },
});
