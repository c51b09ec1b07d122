import type { Markup } from '../kit/page.ts';
import { html, page, raw } from '../kit/page.ts';
import { visibleActivities } from './activity-log.ts';
import type { BoardContext } from './board-context.ts';
import { profileOf, stateOf, statesOf } from './board-context.ts';
import { actorSelect, itemPath, itemTags, moment, projectPath } from './page-parts.ts';
import type { Activity, Board, Comment, Item, Project, StateGroup } from './records.ts';
import { sanitiseHtml } from './sanitise-html.ts';

const REFRESH_SECONDS = 3;
/** States people set by hand: a button each. The select offers all. */
const BUTTON_GROUPS: readonly StateGroup[] = ['unstarted', 'cancelled'];

/** One item: what it is, what was said and done, and the forms to move it and to comment. */
export function renderItemPage(context: BoardContext, project: Project, item: Item): string {
  const { board } = context;
  const key = `${project.identifier}-${item.sequence_id}`;
  const comments = board.comments.filter(({ issue }) => issue === item.id);
  const activities = visibleActivities(context, item).toReversed();
  const body = html`<nav>
      <a href="/">Board</a> / <a href="${projectPath(board, project)}">${project.name}</a>
    </nav>
    <h1><span class="dim">${key}</span> ${item.name}</h1>
    <div class="split">
      <main>
        <div class="card">${raw(sanitiseHtml(item.description_html))}</div>
        <h2>Comments</h2>
        ${comments.map((comment) => renderComment(board, comment))}
        ${renderCommentForm(board, project, item)}
        <h2>Activity</h2>
        <table>
          ${activities.map((activity) => renderActivity(board, activity))}
        </table>
      </main>
      <aside>${renderStateForm(board, project, item)} ${renderLinks(board, item)}</aside>
    </div>`;
  return page({ title: `${key} ${item.name}`, body, refreshSeconds: REFRESH_SECONDS });
}

function renderComment(board: Board, { actor, created_at, comment_html }: Comment): Markup {
  return html`<div class="card">
    <b>${profileOf(board, actor).display_name}</b> ${moment(created_at)}
    <div>${raw(sanitiseHtml(comment_html))}</div>
  </div>`;
}

function renderCommentForm(board: Board, project: Project, item: Item): Markup {
  return html`<form class="card" method="post" action="${itemPath(board, project, item)}comments">
    <label>Comment</label
    ><textarea name="text" rows="3" required></textarea> ${actorSelect(board, project)}<button>
      Comment
    </button>
  </form>`;
}

function renderActivity(board: Board, activity: Activity): Markup {
  const { actor, created_at, field, old_value: from, new_value: to, comment } = activity;
  const what =
    field === 'description'
      ? html`description changed`
      : html`${field ?? comment} ${change(from, to)}`;
  return html`<tr>
    <td>${moment(created_at)}</td>
    <td>${profileOf(board, actor).display_name}</td>
    <td>${what}</td>
  </tr>`;
}

function change(from: string | null, to: string | null): Markup | null {
  if (from === null && to === null) return null;
  const before = from === null || from === '' ? null : html`${from} <span class="dim">to</span> `;
  return html`${before}<b>${to}</b>`;
}

function renderStateForm(board: Board, project: Project, item: Item): Markup {
  const states = statesOf(board, project);
  const buttons = states
    .filter(({ group }) => BUTTON_GROUPS.includes(group))
    .map(({ id, name }) => html`<button name="state" value="${id}">${name}</button>`);
  const options = states.map(
    ({ id, name }) =>
      html`<option value="${id}" ${id === item.state ? html`selected` : null}>${name}</option>`,
  );
  return html`<div class="card">
    <p><b>${stateOf(board, item).name}</b></p>
    <p>${itemTags(board, item)}</p>
    <form method="post" action="${itemPath(board, project, item)}state">
      ${actorSelect(board, project)} ${buttons}
    </form>
    <form method="post" action="${itemPath(board, project, item)}state">
      <label>Any state</label
      ><select name="state">
        ${options}
      </select>
      ${actorSelect(board, project)}<button>Move</button>
    </form>
  </div>`;
}

function renderLinks(board: Board, item: Item): Markup | null {
  const links = board.links.filter(({ issue }) => issue === item.id);
  if (links.length === 0) return null;
  return html`<h2>Links</h2>
    ${links.map(({ url, title }) => html`<div class="card"><a href="${url}">${title ?? url}</a></div>`)}`;
}
