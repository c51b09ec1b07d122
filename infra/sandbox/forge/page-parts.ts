import { html, type Markup } from '../kit/page.ts';
import type { Forge } from './forge.ts';
import type { Commit } from './git-objects.ts';
import { userOf, type Pull, type Repo, type Status, type StatusState } from './state.ts';

const CLASS_OF_STATE: Record<StatusState, string> = {
  pending: 'wait',
  success: 'ok',
  warning: 'ok',
  skipped: 'ok',
  error: 'bad',
  failure: 'bad',
};

/** The path of a repository's page. */
export function repoPath(repo: Repo): string {
  return `/${repo.owner}/${repo.name}`;
}

/** Where the page is, as links from the start page on. */
export function renderTrail(repo: Repo, here: string | null): Markup {
  const slug = `${repo.owner}/${repo.name}`;
  return html`<nav>
    <a href="/">Repositories</a> / <a href="${repoPath(repo)}">${slug}</a> ${
      here === null ? null : html`/ ${here}`
    }
  </nav>`;
}

/** A commit's short id, linked. */
export function renderSha(repo: Repo, sha: string): Markup {
  return html`<a href="${repoPath(repo)}/commit/${sha}"><code>${sha.slice(0, 10)}</code></a>`;
}

/** Commits as table rows: id, subject, author, date. */
export function renderCommits(repo: Repo, commits: readonly Commit[]): Markup {
  const rows = commits.map(
    ({ sha, message, author, committer }) =>
      html`<tr>
        <td>${renderSha(repo, sha)}</td>
        <td>${message.split('\n')[0]}</td>
        <td>${author.name}</td>
        <td><time>${committer.date}</time></td>
      </tr>`,
  );
  return rows.length === 0
    ? html`<p class="dim">No commits.</p>`
    : html`<table>
        ${rows}
      </table>`;
}

/** Statuses as table rows: state, context, description linked to where it comes from, time. */
export function renderStatuses(statuses: readonly Status[]): Markup {
  if (statuses.length === 0) return html`<p class="dim">No statuses.</p>`;
  const rows = statuses.map(({ state, context, description, targetUrl, createdAt }) => {
    const safeLink = /^https?:\/\//.test(targetUrl);
    return html`<tr>
      <td class="${CLASS_OF_STATE[state]}">${state}</td>
      <td>${context}</td>
      <td>
        ${safeLink ? html`<a href="${targetUrl}">${description || 'details'}</a>` : description}
      </td>
      <td><time>${createdAt}</time></td>
    </tr>`;
  });
  return html`<table>
    ${rows}
  </table>`;
}

/** Open, merged or closed. */
export function renderPullState(pull: Pull): Markup {
  if (pull.merged !== null) return html`<span class="tag ok">merged</span>`;
  return pull.state === 'open'
    ? html`<span class="tag wait">open</span>`
    : html`<span class="tag bad">closed</span>`;
}

/** Pull requests as table rows, newest first. */
export function renderPulls(forge: Forge, repo: Repo, pulls: readonly Pull[]): Markup {
  if (pulls.length === 0) return html`<p class="dim">No pull requests.</p>`;
  const rows = pulls.map(
    (pull) =>
      html`<tr>
        <td>${renderPullState(pull)}</td>
        <td><a href="${repoPath(repo)}/pulls/${pull.number}">#${pull.number} ${pull.title}</a></td>
        <td><code>${pull.headRef}</code></td>
        <td>${userOf(forge.state, pull.authorId).login}</td>
        <td><time>${pull.updatedAt}</time></td>
      </tr>`,
  );
  return html`<table>
    ${rows}
  </table>`;
}
