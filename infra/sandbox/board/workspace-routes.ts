import type { BoardContext } from './board-context.ts';
import { workspaceOf } from './board-context.ts';
import { paginate, pickFields } from './paging.ts';
import type { Item } from './records.ts';
import { renderItem, renderProject } from './render.ts';
import { notFound } from './rest-router.ts';
import type { Call, Reply, Route } from './rest-router.ts';

const SEARCH_LIMIT = 10;

/** Routes outside a single project: the key's user, projects, items by human key, search. */
export const WORKSPACE_ROUTES: readonly Route<Call>[] = [
  {
    path: 'users/me',
    methods: { GET: (_context, { user }) => ({ status: 200, body: user.profile }) },
  },
  { path: 'workspaces/:slug/projects', methods: { GET: listProjects } },
  { path: 'workspaces/:slug/work-items/search', methods: { GET: searchItems } },
  { path: 'workspaces/:slug/issues/search', methods: { GET: searchItems } },
  { path: 'workspaces/:slug/work-items/:key', methods: { GET: getByKey } },
  { path: 'workspaces/:slug/issues/:key', methods: { GET: getByKey } },
];

function listProjects({ board }: BoardContext, { user, params, query }: Call): Reply {
  const workspace = workspaceOf(board);
  const projects = params['slug'] === workspace.slug ? board.projects : [];
  const rendered = projects.map((project) => renderProject(project, workspace.id, user));
  return { status: 200, body: paginate(rendered, { query, defaultOrder: '-created_at' }) };
}

function getByKey({ board }: BoardContext, { user, params, query }: Call): Reply {
  const [, identifier, sequence] = /^(.+)-(\d+)$/.exec(params['key'] ?? '') ?? [];
  const project = board.projects.find((candidate) => candidate.identifier === identifier);
  const item = board.items.find(
    ({ project: owner, sequence_id }) => owner === project?.id && sequence_id === Number(sequence),
  );
  const isReadable = project?.memberIds.includes(user.id) === true;
  if (item === undefined || !isReadable) throw notFound();
  return { status: 200, body: pickFields(renderItem(board, item, query), query) };
}

function searchItems({ board }: BoardContext, { user, query }: Call): Reply {
  const needle = (query.get('search') ?? '').toLowerCase();
  const projectId = query.get('project_id');
  const readable = board.projects.filter(
    ({ id, memberIds }) => memberIds.includes(user.id) && (projectId === null || projectId === id),
  );
  const isHit = ({ name, sequence_id }: Item) =>
    name.toLowerCase().includes(needle) || String(sequence_id) === needle;
  const issues = readable
    .flatMap((project) =>
      board.items
        .filter((item) => item.project === project.id && needle !== '' && isHit(item))
        .map(({ id, name, sequence_id }) => ({
          name,
          id,
          sequence_id,
          project__identifier: project.identifier,
          project_id: project.id,
          workspace__slug: workspaceOf(board).slug,
        })),
    )
    .slice(0, Number(query.get('limit') ?? SEARCH_LIMIT));
  return { status: 200, body: { issues } };
}
