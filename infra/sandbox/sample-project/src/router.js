import { HttpError } from './http.js';

/** Params of `path` when it fits `pattern` (`/notes/:id`), else null. */
export function matchPath(pattern, path) {
  const wanted = pattern.split('/');
  const given = path.split('/');
  if (wanted.length !== given.length) return null;
  const params = {};
  for (const [index, part] of wanted.entries()) {
    if (part.startsWith(':')) params[part.slice(1)] = given[index];
    else if (part !== given[index]) return null;
  }
  return params;
}

/** The route for a request; throws 404 for an unknown path, 405 for a known path and another method. */
export function findRoute(routes, method, path) {
  const fitting = routes
    .map((route) => ({ route, params: matchPath(route.path, path) }))
    .filter(({ params }) => params !== null);
  const found = fitting.find(({ route }) => route.method === method);
  if (found) return found;
  if (fitting.length > 0) throw new HttpError(405, `${path} does not know ${method}`);
  throw new HttpError(404, `there is nothing at ${path}`);
}
