import { readdir } from 'node:fs/promises';
import { HttpError, sendJson } from './http.js';
import { Notes } from './notes.js';
import { findRoute } from './router.js';

const routesFolder = new URL('routes/', import.meta.url);

/** A file in src/routes/ exports `route`, { method, path, handle }, or several as `routes`. */
async function loadRoutes() {
  const files = (await readdir(routesFolder)).filter((file) => file.endsWith('.js')).sort();
  const modules = await Promise.all(files.map((file) => import(new URL(file, routesFolder))));
  return modules.flatMap((module) => module.routes ?? [module.route]);
}

/** The service as one request listener for `http.createServer`. State lives in memory. */
export async function createApp({ revision = 'development', notes = new Notes() } = {}) {
  const routes = await loadRoutes();
  const context = { revision, notes, routes };

  return async function answer(request, response) {
    try {
      const [path, query] = request.url.split('?', 2);
      const { route, params } = findRoute(routes, request.method, path);
      const { status, body } = await route.handle({
        ...context,
        request,
        params,
        query: new URLSearchParams(query),
      });
      sendJson(response, status, body);
    } catch (error) {
      if (error instanceof HttpError) {
        sendJson(response, error.status, { error: error.message });
      } else {
        console.error(error);
        sendJson(response, 500, { error: 'something went wrong here, not at your side' });
      }
    }
  };
}
