import { urlencoded } from 'express';
import type { Express, Request } from 'express';
import { escapeHtml } from '../kit/page.ts';
import type { BoardContext } from './board-context.ts';
import { keyOf, statesOf, workspaceOf } from './board-context.ts';
import { createComment } from './comment-operations.ts';
import { renderItemPage } from './item-page.ts';
import { changeItem, createItem } from './item-operations.ts';
import { renderHomePage, renderProjectPage } from './project-pages.ts';
import { PRIORITIES } from './records.ts';
import type { Item, Project, User } from './records.ts';
import { WrongForm } from './wrong-form.ts';

/** Mounts the pages a person clicks in. Changes made here are a person's: webhooks name the field as the board's own page does. */
export function mountPages(app: Express, context: BoardContext): void {
  const { board } = context;
  app.use(urlencoded({ extended: false }));
  app.get('/', (_request, response) => {
    response.send(renderHomePage(board));
  });
  app.get('/:slug/projects/:identifier/', (request, response) => {
    response.send(renderProjectPage(board, readProject(context, request)));
  });
  app.post('/:slug/projects/:identifier/items', (request, response) => {
    const item = createFromForm(context, readProject(context, request), readForm(request));
    response.redirect(303, `/${workspaceOf(board).slug}/browse/${keyOf(board, item)}/`);
  });
  app.get('/:slug/browse/:key/', (request, response) => {
    const { project, item } = readItem(context, request);
    response.send(renderItemPage(context, project, item));
  });
  app.post('/:slug/browse/:key/state', (request, response) => {
    const { project, item } = readItem(context, request);
    const form = readForm(request);
    const state = statesOf(board, project).find(({ id }) => id === form.one('state'));
    if (state === undefined) throw new WrongForm(400, 'no such state');
    const actor = readActor(context, project, form);
    changeItem(context, { item, actor, origin: 'page' }, { state: state.id });
    response.redirect(303, './');
  });
  app.post('/:slug/browse/:key/comments', (request, response) => {
    const { project, item } = readItem(context, request);
    const form = readForm(request);
    const actor = readActor(context, project, form);
    createComment(context, { item, actor }, { comment_html: asParagraphs(form.one('text')) });
    response.redirect(303, './');
  });
}

function createFromForm(context: BoardContext, project: Project, form: Form): Item {
  const name = form.one('name').trim();
  if (name === '') throw new WrongForm(400, 'a title is needed');
  const priority = PRIORITIES.find((candidate) => candidate === form.one('priority')) ?? 'none';
  const wanted = form.all('labels');
  const labels = context.board.labels.filter(
    ({ id, project: owner }) => owner === project.id && wanted.includes(id),
  );
  return createItem(
    context,
    { project, actor: readActor(context, project, form) },
    {
      name,
      priority,
      description_html: asParagraphs(form.one('description')),
      labels: labels.map(({ id }) => id),
    },
  );
}

interface Form {
  readonly one: (name: string) => string;
  readonly all: (name: string) => string[];
}

function readForm(request: Request): Form {
  const fields = (request.body ?? {}) as Record<string, string | string[] | undefined>;
  const all = (name: string) => [fields[name] ?? []].flat();
  return { all, one: (name) => all(name)[0] ?? '' };
}

function readActor({ board }: BoardContext, project: Project, form: Form): User {
  const actor = board.users.find(
    ({ id, bot }) => id === form.one('as') && !bot && project.memberIds.includes(id),
  );
  if (actor === undefined) throw new WrongForm(403, 'this person is not a member of the project');
  return actor;
}

function readProject({ board }: BoardContext, request: Request): Project {
  const { slug, identifier } = request.params;
  const project = board.projects.find((candidate) => candidate.identifier === identifier);
  if (project === undefined || slug !== board.workspace?.slug)
    throw new WrongForm(404, 'no such project');
  return project;
}

function readItem({ board }: BoardContext, request: Request): { project: Project; item: Item } {
  const { slug, key } = request.params;
  const item = board.items.find((candidate) => keyOf(board, candidate) === key);
  const project = board.projects.find(({ id }) => id === item?.project);
  if (item === undefined || project === undefined || slug !== board.workspace?.slug) {
    throw new WrongForm(404, 'no such work item');
  }
  return { project, item };
}

function asParagraphs(text: string): string {
  const lines = text.split(/\r?\n/).filter((line) => line.trim() !== '');
  return lines.length === 0
    ? '<p></p>'
    : lines.map((line) => `<p>${escapeHtml(line)}</p>`).join('');
}
