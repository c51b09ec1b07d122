import type { Markup } from '../kit/page.ts';
import { html, page } from '../kit/page.ts';
import { statesOf } from './board-context.ts';
import { actorSelect, itemPath, itemTags, projectPath } from './page-parts.ts';
import type { Board, Item, Project, State } from './records.ts';
import { PRIORITIES } from './records.ts';

const REFRESH_SECONDS = 4;

/** The list of projects. */
export function renderHomePage(board: Board): string {
  const rows = board.projects.map((project) => {
    const count = board.items.filter((item) => item.project === project.id).length;
    return html`<div class="card">
      <a href="${projectPath(board, project)}"><b>${project.identifier}</b> ${project.name}</a>
      <span class="dim">${count} work items, ${project.memberIds.length} members</span>
    </div>`;
  });
  const body = html`<h1>Board</h1>
    ${rows.length === 0 ? html`<p class="dim">No projects yet.</p>` : rows}`;
  return page({ title: 'Board', body, refreshSeconds: REFRESH_SECONDS });
}

/** A project's items in columns, one a state, and a form for a new item. */
export function renderProjectPage(board: Board, project: Project): string {
  const items = board.items.filter((item) => item.project === project.id);
  const columns = statesOf(board, project)
    .map((state) => ({ state, inside: items.filter((item) => item.state === state.id) }))
    .filter(({ state, inside }) => inside.length > 0 || state.default);
  const body = html`<nav><a href="/">Board</a></nav>
    <h1>${project.name} <span class="dim">${project.identifier}</span></h1>
    <div class="columns">
      ${columns.map(({ state, inside }) => renderColumn(board, project, { state, inside }))}
      ${renderCreateForm(board, project)}
    </div>`;
  return page({ title: `${project.name} board`, body, refreshSeconds: REFRESH_SECONDS });
}

function renderColumn(
  board: Board,
  project: Project,
  { state, inside }: { state: State; inside: Item[] },
): Markup {
  const cards = inside.map(
    (item) =>
      html`<div class="card">
        <span class="dim">${project.identifier}-${item.sequence_id}</span><br />
        <a href="${itemPath(board, project, item)}">${item.name}</a><br />${itemTags(board, item)}
      </div>`,
  );
  return html`<section class="column">
    <h2>${state.name} <span class="dim">${inside.length}</span></h2>
    ${cards}
  </section>`;
}

function renderCreateForm(board: Board, project: Project): Markup {
  const labels = board.labels.filter((label) => label.project === project.id);
  const boxes = labels.map(
    ({ id, name }) =>
      html`<label><input type="checkbox" name="labels" value="${id}" /> ${name}</label>`,
  );
  const priorities = PRIORITIES.map(
    (priority) => html`<option ${priority === 'none' ? html`selected` : null}>${priority}</option>`,
  );
  return html`<section class="column">
    <h2>New work item</h2>
    <form class="card" method="post" action="${projectPath(board, project)}items">
      <label>Title</label><input type="text" name="name" maxlength="255" required />
      <label>Description</label><textarea name="description" rows="5"></textarea>
      <label>Priority</label
      ><select name="priority">
        ${priorities}
      </select>
      ${boxes} ${actorSelect(board, project)}
      <button>Create</button>
    </form>
  </section>`;
}
