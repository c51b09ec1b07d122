import { html, page, type Markup } from '../kit/page.ts';
import { gitDir, type Forge } from './forge.ts';
import { listChangedFiles, listCommits } from './git-objects.ts';
import {
  renderCommits,
  renderPullState,
  renderSha,
  renderStatuses,
  renderTrail,
} from './page-parts.ts';
import { userOf, type Pull, type Repo } from './state.ts';
import { latestStatuses } from './statuses.ts';
import { pullWire, readPullFacts } from './wire-pull.ts';

const COMMITS_SHOWN = 50;

async function renderChanges(forge: Forge, repo: Repo, pull: Pull): Promise<Markup> {
  const directory = gitDir(forge, repo);
  const { mergeBase } = await readPullFacts(forge, pull);
  const range = [`${mergeBase}..${pull.headSha}`];
  const [commits, files] = await Promise.all([
    listCommits(directory, range, { limit: COMMITS_SHOWN }),
    listChangedFiles(directory, mergeBase, pull.headSha),
  ]);
  const rows = files.map(
    ({ path, status, additions, deletions }) =>
      html`<tr>
        <td><code>${path}</code></td>
        <td>${status}</td>
        <td><span class="ok">+${additions}</span> <span class="bad">-${deletions}</span></td>
      </tr>`,
  );
  return html`<h2>Commits</h2>
    ${renderCommits(repo, commits)}
    <h2>Files changed</h2>
    ${
      rows.length === 0
        ? html`<p class="dim">None.</p>`
        : html`<table>
            ${rows}
          </table>`
    }`;
}

function renderConversation(forge: Forge, pull: Pull): Markup {
  const { state } = forge;
  const ofPull = ({ repoId, pullNumber }: { repoId: number; pullNumber: number }) =>
    repoId === pull.repoId && pullNumber === pull.number;
  const entries = [
    ...state.comments
      .filter(ofPull)
      .map((comment) => ({ ...comment, at: comment.createdAt, verdict: null })),
    ...state.reviews.filter(ofPull).map((review) => ({
      ...review,
      id: review.commentId,
      at: review.submittedAt,
      verdict: review.dismissed ? `${review.state}, dismissed` : review.state,
    })),
  ].sort((a, b) => a.id - b.id);
  if (entries.length === 0) return html`<p class="dim">Nobody has said anything.</p>`;
  const cards = entries.map(
    ({ id, authorId, verdict, at, body }) =>
      html`<div class="card" id="issuecomment-${id}">
        <b>${userOf(state, authorId).login}</b> ${
          verdict === null ? null : html`<span class="tag">${verdict}</span>`
        } <time>${at}</time>
        <pre>${body}</pre>
      </div>`,
  );
  return html`${cards}`;
}

/** The page of a pull request: texts, state, commits, files, statuses and conversation. */
export async function renderPullPage(forge: Forge, repo: Repo, pull: Pull): Promise<string> {
  const wire = await pullWire(forge, pull, null);
  const title = `#${pull.number} ${pull.title}`;
  const body = html`${renderTrail(repo, title)}
    <h1>${title} ${renderPullState(pull)}</h1>
    <p>
      ${wire.user.login} wants <code>${pull.headRef}</code> (${renderSha(repo, pull.headSha)}) in
      <code>${pull.baseRef}</code>.
      ${
        pull.state === 'open'
          ? html`<span class="${wire.mergeable ? 'ok' : 'wait'}"
              >${wire.mergeable ? 'Mergeable.' : 'Not mergeable now.'}</span
            >`
          : null
      }
      ${
        pull.merged === null
          ? null
          : html`Merged by ${wire.merged_by?.login} as ${renderSha(repo, pull.merged.sha)}.`
      }
    </p>
    ${pull.body === '' ? null : html`<div class="card"><pre>${pull.body}</pre></div>`}
    <h2>Statuses</h2>
    ${renderStatuses(latestStatuses(forge, repo, pull.headSha))}
    ${await renderChanges(forge, repo, pull)}
    <h2>Conversation</h2>
    ${renderConversation(forge, pull)}`;
  return page({ title, body, ...(pull.state === 'open' && { refreshSeconds: 5 }) });
}
