import type { Markup } from '../kit/page.ts';
import { html } from '../kit/page.ts';
import { workspaceOf } from './board-context.ts';
import type { Board, Item, Label, Project } from './records.ts';

/** The address of a project's page. */
export function projectPath(board: Board, { identifier }: Project): string {
  return `/${workspaceOf(board).slug}/projects/${identifier}/`;
}

/** The address of an item's page. */
export function itemPath(board: Board, project: Project, item: Item): string {
  return `/${workspaceOf(board).slug}/browse/${project.identifier}-${item.sequence_id}/`;
}

/** A select of the people (never bots) who may act in a project. */
export function actorSelect(board: Board, project: Project): Markup {
  const people = board.users.filter(({ id, bot }) => !bot && project.memberIds.includes(id));
  return html`<label>As</label>
    <select name="as">
      ${people.map(({ id, profile }) => html`<option value="${id}">${profile.display_name}</option>`)}
    </select>`;
}

/** The labels of an item as tags, and its priority unless it is none. */
export function itemTags(board: Board, { labels, priority }: Item): Markup {
  const names = labels.flatMap(
    (id) => board.labels.find((label: Label) => label.id === id)?.name ?? [],
  );
  const tags = priority === 'none' ? names : [priority, ...names];
  return html`${tags.map((tag) => html`<span class="tag">${tag}</span> `)}`;
}

/** A moment, to the second. */
export function moment(timestamp: string): Markup {
  return html`<time datetime="${timestamp}">${timestamp.slice(0, 19).replace('T', ' ')}</time>`;
}
