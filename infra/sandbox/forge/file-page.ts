import { Router } from 'express';
import { html, page, type Markup } from '../kit/page.ts';
import { ApiError, param, requireRepo } from './api.ts';
import { gitDir, type Forge } from './forge.ts';
import { readBlob } from './git.ts';
import { listTree, readEntry, resolveCommit, type TreeEntry } from './git-objects.ts';
import { renderTrail, repoPath } from './page-parts.ts';
import type { Repo } from './state.ts';

const HEADS = 'refs/heads/';

/** A place in a repository: `root` is the address of its top folder, `path` has no slash at its ends. */
interface Place {
  repo: Repo;
  root: string;
  /** how people call the revision */
  name: string;
  sha: string;
  path: string;
}

const notThere = () => new ApiError(404, 'No such file');
const encodePath = (path: string) => path.split('/').map(encodeURIComponent).join('/');
const trimSlashes = (path: string) => path.replace(/^\/+|\/+$/g, '');

/** A branch's name may hold slashes, as a path does: the longest branch that fits is meant. */
function findBranchPlace(repo: Repo, rest: string): Place {
  const branches = Object.entries(repo.refs)
    .filter(([ref]) => ref.startsWith(HEADS))
    .map(([ref, sha]) => ({ name: ref.slice(HEADS.length), sha }))
    .filter(({ name }) => rest === name || rest.startsWith(`${name}/`))
    .toSorted((a, b) => b.name.length - a.name.length);
  const [branch] = branches;
  if (branch === undefined) throw notThere();
  const { name, sha } = branch;
  const root = `${repoPath(repo)}/src/branch/${encodePath(name)}`;
  return { repo, root, name, sha, path: trimSlashes(rest.slice(name.length)) };
}

async function findCommitPlace(forge: Forge, repo: Repo, rest: string): Promise<Place> {
  const [asked = '', ...path] = rest.split('/');
  const isSha = /^[0-9a-f]{4,40}$/.test(asked);
  const sha = isSha ? await resolveCommit(gitDir(forge, repo), asked) : null;
  if (sha === null) throw notThere();
  const root = `${repoPath(repo)}/src/commit/${sha}`;
  return { repo, root, name: sha.slice(0, 10), sha, path: trimSlashes(path.join('/')) };
}

/** The folders above and the place itself, each a link. */
function renderPath({ root, name, path }: Place): Markup {
  const names = path.split('/').filter(Boolean);
  const links = names.map((part, index) => {
    const above = encodePath(names.slice(0, index + 1).join('/'));
    return html` / <a href="${root}/${above}">${part}</a>`;
  });
  return html`<a href="${root}"><code>${name}</code></a
    >${links}`;
}

function renderFolder({ root, path }: Place, entries: readonly TreeEntry[]): Markup {
  const rows = entries.map(({ name, type }) => {
    const address = encodePath(path === '' ? name : `${path}/${name}`);
    const shown = type === 'tree' ? `${name}/` : name;
    return html`<tr>
      <td>${type === 'commit' ? shown : html`<a href="${root}/${address}">${shown}</a>`}</td>
    </tr>`;
  });
  return html`<table>
    ${rows}
  </table>`;
}

function renderFile(content: Buffer): Markup {
  return content.includes(0)
    ? html`<p class="dim">${content.length} bytes that are no text.</p>`
    : html`<pre class="card">${content.toString('utf8')}</pre>`;
}

async function renderPlace(forge: Forge, place: Place): Promise<string> {
  const directory = gitDir(forge, place.repo);
  const entry = await readEntry(directory, place.sha, place.path);
  if (entry === null || entry.type === 'commit') throw notThere();
  const content =
    entry.type === 'tree'
      ? renderFolder(place, await listTree(directory, entry.sha))
      : renderFile(await readBlob(directory, entry.sha));
  const title = place.path === '' ? place.name : place.path;
  const body = html`${renderTrail(place.repo, title)}
    <h1>${renderPath(place)}</h1>
    ${content}`;
  return page({ title, body });
}

/** Files and folders of a branch or a commit, where the forge shows them. */
export function filePageRoutes(forge: Forge): Router {
  const routes = Router();
  routes.get('/:owner/:name/src/branch/*rest', async (request, response) => {
    const place = findBranchPlace(requireRepo(forge, request), param(request, 'rest'));
    response.send(await renderPlace(forge, place));
  });
  routes.get('/:owner/:name/src/commit/*rest', async (request, response) => {
    const repo = requireRepo(forge, request);
    const place = await findCommitPlace(forge, repo, param(request, 'rest'));
    response.send(await renderPlace(forge, place));
  });
  return routes;
}
