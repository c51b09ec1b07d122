import { readFile } from 'node:fs/promises';
import { Router, type Request } from 'express';
import { html, page } from '../kit/page.ts';
import { ApiError, param, requirePull, requireRepo } from './api.ts';
import type { CiRunner } from './ci.ts';
import { defaultBranch } from './events.ts';
import { gitDir, type Forge } from './forge.ts';
import { git } from './git.ts';
import { listCommits, readCommit } from './git-objects.ts';
import {
  renderCommits,
  renderPulls,
  renderSha,
  renderStatuses,
  renderTrail,
  repoPath,
} from './page-parts.ts';
import { renderPullPage } from './pull-page.ts';
import type { Repo } from './state.ts';
import { statusHistory } from './statuses.ts';

const COMMITS_SHOWN = 50;
const HEADS = 'refs/heads/';

function renderHomePage(forge: Forge): string {
  const cards = forge.state.repos.map((repo) => {
    const open = forge.state.pulls.filter(
      ({ repoId, state }) => repoId === repo.id && state === 'open',
    );
    return html`<div class="card">
      <a href="${repoPath(repo)}"><b>${repo.owner}/${repo.name}</b></a>
      <span class="dim">${open.length} open pull requests, updated ${repo.updatedAt}</span>
    </div>`;
  });
  const title = 'Forge (sandbox)';
  const none = html`<p class="dim">No repositories.</p>`;
  const body = html`<h1>${title}</h1>
    ${cards.length === 0 ? none : cards}`;
  return page({ title, body, refreshSeconds: 5 });
}

async function renderRepoPage(forge: Forge, repo: Repo): Promise<string> {
  const main = repo.refs[`${HEADS}${defaultBranch(repo)}`];
  const commits =
    main === undefined
      ? []
      : await listCommits(gitDir(forge, repo), [main], { limit: COMMITS_SHOWN });
  const refs = Object.entries(repo.refs).map(
    ([ref, sha]) =>
      html`<tr>
        <td><code>${ref.startsWith(HEADS) ? ref.slice(HEADS.length) : ref}</code></td>
        <td>${renderSha(repo, sha)}</td>
      </tr>`,
  );
  const pulls = forge.state.pulls.filter(({ repoId }) => repoId === repo.id).reverse();
  const title = `${repo.owner}/${repo.name}`;
  const body = html`${renderTrail(repo, null)}
    <h1>${title}</h1>
    <p><code>git clone ${forge.url()}${repoPath(repo)}.git</code></p>
    <h2>Pull requests</h2>
    ${renderPulls(forge, repo, pulls)}
    <h2>Commits of ${defaultBranch(repo)}</h2>
    <p><a href="${repoPath(repo)}/src/branch/${defaultBranch(repo)}">Files</a></p>
    ${renderCommits(repo, commits)}
    <h2>Branches and other refs</h2>
    <table>
      ${refs}
    </table>`;
  return page({ title, body, refreshSeconds: 5 });
}

async function renderCommitPage(forge: Forge, repo: Repo, sha: string): Promise<string> {
  const commit = /^[0-9a-f]{4,40}$/.test(sha) ? await readCommit(gitDir(forge, repo), sha) : null;
  if (commit === null) throw new ApiError(404, 'No such commit');
  const show = ['show', '--format=', '--diff-merges=first-parent', commit.sha, '--'];
  const diff = await git(gitDir(forge, repo), show);
  const title = commit.message.split('\n')[0] ?? '';
  const body = html`${renderTrail(repo, commit.sha.slice(0, 10))}
    <h1>${title}</h1>
    <p>
      <code>${commit.sha}</code> by ${commit.author.name} at <time>${commit.committer.date}</time>,
      parents ${commit.parents.map((parent) => html`${renderSha(repo, parent)} `)}
    </p>
    <pre class="card">${commit.message}</pre>
    <p><a href="${repoPath(repo)}/src/commit/${commit.sha}">Files</a></p>
    <h2>Statuses</h2>
    ${renderStatuses(statusHistory(forge, repo, commit.sha).reverse())}
    <h2>Changes</h2>
    <pre class="card">${diff}</pre>`;
  return page({ title, body });
}

function requireRun(forge: Forge, repo: Repo, id: number) {
  const run = forge.state.ciRuns.find(
    (candidate) => candidate.repoId === repo.id && candidate.id === id,
  );
  if (run === undefined) throw new ApiError(404, 'No such run');
  return run;
}

async function readLog(
  { forge, ci }: { forge: Forge; ci: CiRunner },
  repo: Repo,
  id: number,
): Promise<string> {
  return readFile(ci.logPath(requireRun(forge, repo, id)), 'utf8').catch(() => '');
}

async function renderLogPage(
  { forge, ci }: { forge: Forge; ci: CiRunner },
  repo: Repo,
  id: number,
): Promise<string> {
  const run = requireRun(forge, repo, id);
  const log = await readLog({ forge, ci }, repo, id);
  const title = `CI run ${run.id}: ${run.state}`;
  const body = html`${renderTrail(repo, title)}
    <h1>${title}</h1>
    <p>
      ${renderSha(repo, run.sha)} on <code>${run.branch}</code>, queued
      <time>${run.createdAt}</time>, started <time>${run.startedAt ?? 'not yet'}</time>, finished
      <time>${run.finishedAt ?? 'not yet'}</time>
    </p>
    <pre class="card">${log === '' ? 'Nothing printed yet.' : log}</pre>`;
  return page({ title, body, ...(run.finishedAt === null && { refreshSeconds: 2 }) });
}

/** The pages a person reads: repositories, a repository, a pull request, a commit, a CI log. */
export function pageRoutes(forge: Forge, ci: CiRunner): Router {
  const routes = Router();
  const repoOfPage = (request: Request) => requireRepo(forge, request);
  routes.get('/', (_request, response) => {
    response.send(renderHomePage(forge));
  });
  routes.get('/:owner/:name', async (request, response) => {
    response.send(await renderRepoPage(forge, repoOfPage(request)));
  });
  routes.get('/:owner/:name/pulls/:number', async (request, response) => {
    const { repo, pull } = requirePull(forge, request);
    response.send(await renderPullPage(forge, repo, pull));
  });
  routes.get('/:owner/:name/commit/:sha', async (request, response) => {
    const sha = param(request, 'sha');
    response.send(await renderCommitPage(forge, repoOfPage(request), sha));
  });
  routes.get('/:owner/:name/ci/:id', async (request, response) => {
    const id = Number(param(request, 'id'));
    const repo = repoOfPage(request);
    if (request.accepts(['text/html', 'text/plain']) === 'text/plain') {
      response.type('text/plain').send(await readLog({ forge, ci }, repo, id));
    } else {
      response.send(await renderLogPage({ forge, ci }, repo, id));
    }
  });
  return routes;
}
