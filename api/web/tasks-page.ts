import { describeWaiting } from '../task-listing.ts';
import type { TaskListing } from '../task-listing.ts';
import { html } from './markup.ts';
import type { Markup } from './markup.ts';

const STYLE = `
body { font: 15px/1.5 system-ui, sans-serif; margin: 2rem; color: #1b1f24; }
table { border-collapse: collapse; width: 100%; max-width: 75rem; }
th, td { text-align: left; padding: .45rem .9rem .45rem 0; border-bottom: 1px solid #d9dde2; }
th { color: #59636e; font-weight: 500; } td.quiet, p.quiet { color: #59636e; }
p.notice { background: #fff4d6; padding: .5rem .8rem; max-width: 75rem; white-space: pre-wrap; }
@media (prefers-color-scheme: dark) { body { background: #14171a; color: #e6e8ea; }
  a { color: #7ab7ff; } th, td { border-color: #33383e; } p.notice { background: #4a3b10; } }
`;

/** The page at /: every open task, then those ended lately, with links. Reloads itself every 5 s. */
export function renderTasksPage(tasks: readonly TaskListing[], notices: readonly string[]): string {
  const open = tasks.filter((task) => task.endedAt === null);
  const ended = tasks.filter((task) => task.endedAt !== null);
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width" />
        <meta http-equiv="refresh" content="5" />
        <title>Tasks</title>
        <style>
          ${STYLE}
        </style>
      </head>
      <body>
        <h1>Tasks</h1>
        ${notices.map((notice) => html`<p class="notice">${notice}</p>`)}
        ${open.length === 0 ? html`<p class="quiet">Nothing is under way.</p>` : table(open)}
        ${
          ended.length === 0
            ? null
            : html`<h2>Ended lately</h2>
                ${table(ended)}`
        }
      </body>
    </html> `.text;
}

const table = (tasks: readonly TaskListing[]): Markup =>
  html`<table>
    <tr>
      <th>Task</th>
      <th>Stage</th>
      <th>Waiting for</th>
      <th>Since</th>
      <th>See</th>
    </tr>
    ${tasks.map(row)}
  </table>`;

const row = (task: TaskListing): Markup => {
  const { id, title, stage, since, endedAt, links } = task;
  return html`<tr>
    <td>${link(links.item, id) ?? id} ${title}</td>
    <td>${stage}</td>
    <td>${describeWaiting(task)}</td>
    <td class="quiet">${endedAt ?? since}</td>
    <td>
      ${link(links.pull, 'pull request')} ${link(links.history, 'history')}
      ${link(links.card, 'card')}
    </td>
  </tr>`;
};

/** Only web addresses become links: a stored value could be anything. */
const link = (address: string | null, text: string): Markup | null =>
  address !== null && /^https?:\/\//.test(address) ? html`<a href="${address}">${text}</a>` : null;
