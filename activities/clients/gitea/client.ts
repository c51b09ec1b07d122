import type { z } from 'zod';
import type { RepoSlug, Sha } from '../../../workflows/domain/ids.ts';
import { HttpStatusError, ToolError } from '../../errors.ts';
import { httpJson, parseAnswer } from '../../http-json.ts';
import type { JsonAnswer } from '../../http-json.ts';
import { Account, CombinedStatus, IssueComment, Pull, Repository } from './schema.ts';
import type { CommitStatus } from './schema.ts';
import { readTail } from './read-tail.ts';

/** A pull request as the forge has it. */
export interface ForgePull {
  number: number;
  url: string;
  isOpen: boolean;
  merged: boolean;
  /** false also while the conflict check has not finished */
  mergeable: boolean;
  /** branch names; a head in a fork has another repository */
  head: { ref: string; sha: string };
  base: { ref: string; sha: string };
  fromFork: boolean;
}

/** One status context at a commit; description and link empty when not given. */
export interface ForgeStatus {
  context: string;
  state: CommitStatus['status'];
  description: string;
  targetUrl: string;
}

/** A pull request to open. */
export interface NewPull {
  head: string;
  base: string;
  title: string;
  body: string;
}

/** A repository as our token sees it. */
export interface ForgeRepository {
  defaultBranch: string;
  mayPush: boolean;
  /** whether the one merge style we use is allowed */
  fastForwardOnly: boolean;
}

/** The forge. Every method throws HttpStatusError or ToolError; none retries. */
export interface ForgeClient {
  /** Login of the token's user, asked for once. */
  ownLogin(): Promise<string>;
  readRepository(repo: RepoSlug): Promise<ForgeRepository>;
  listOpenPulls(repo: RepoSlug): Promise<readonly ForgePull[]>;
  /** Reading also starts the forge's conflict check when it is due. */
  readPull(repo: RepoSlug, number: number): Promise<ForgePull>;
  /** `exists` = the forge already has an open one for this head and base. */
  createPull(
    repo: RepoSlug,
    pull: NewPull,
  ): Promise<{ kind: 'created'; pull: ForgePull } | { kind: 'exists'; number: number }>;
  /** The latest status of every context at the sha, all pages; empty for a sha the forge does not know. */
  readStatuses(repo: RepoSlug, sha: Sha): Promise<readonly ForgeStatus[]>;
  /** One fast-forward-only merge call that refuses any other head. Throws on every answer but 200. */
  mergePull(repo: RepoSlug, number: number, sha: Sha): Promise<void>;
  /** Closes a pull request without merging it. */
  closePull(repo: RepoSlug, number: number): Promise<void>;
  /** Comments of a pull request: who and what, oldest first. */
  listComments(
    repo: RepoSlug,
    number: number,
  ): Promise<readonly { author: string; body: string }[]>;
  addComment(repo: RepoSlug, number: number, body: string): Promise<void>;
  /** The last `maxBytes` of a plain-text page of this forge, without credentials; null when it is elsewhere, no text or unreadable. */
  readLog(url: string, maxBytes: number): Promise<string | null>;
}

/** How to reach a Gitea. */
export interface GiteaOptions {
  /** root of the server, no trailing slash */
  url: string;
  token: string;
  timeoutMs: number;
}

const PAGE_SIZE = 50;
const MAX_PAGES = 40;

/** A forge client for Gitea, REST v1. */
export function createGiteaClient(options: GiteaOptions): ForgeClient {
  return new GiteaClient(options);
}

class GiteaClient implements ForgeClient {
  readonly #options: GiteaOptions;
  #login: string | null = null;

  constructor(options: GiteaOptions) {
    this.#options = options;
  }

  async ownLogin(): Promise<string> {
    this.#login ??= parseAnswer(Account, await this.#call('GET', '/user'), 'GET /user').login;
    return this.#login;
  }

  async readRepository(repo: RepoSlug): Promise<ForgeRepository> {
    const path = `/repos/${repo}`;
    const row = parseAnswer(Repository, await this.#call('GET', path), `GET ${path}`);
    return {
      defaultBranch: row.default_branch,
      mayPush: row.permissions.push,
      fastForwardOnly: row.allow_fast_forward_only_merge,
    };
  }

  async listOpenPulls(repo: RepoSlug): Promise<readonly ForgePull[]> {
    const pulls = await this.#list(`/repos/${repo}/pulls?state=open`, Pull.array());
    return pulls.map(toPull);
  }

  async readPull(repo: RepoSlug, number: number): Promise<ForgePull> {
    const path = `/repos/${repo}/pulls/${number}`;
    return toPull(parseAnswer(Pull, await this.#call('GET', path), `GET ${path}`));
  }

  async createPull(
    repo: RepoSlug,
    pull: NewPull,
  ): Promise<{ kind: 'created'; pull: ForgePull } | { kind: 'exists'; number: number }> {
    const path = `/repos/${repo}/pulls`;
    try {
      const answer = await this.#call('POST', path, pull);
      return { kind: 'created', pull: toPull(parseAnswer(Pull, answer, `POST ${path}`)) };
    } catch (error) {
      const number = existingNumberIn(error);
      if (number === null) throw error;
      return { kind: 'exists', number };
    }
  }

  async readStatuses(repo: RepoSlug, sha: Sha): Promise<readonly ForgeStatus[]> {
    try {
      const path = `/repos/${repo}/commits/${sha}/status`;
      const rows = await this.#list(
        path,
        CombinedStatus.transform((body) => body.statuses ?? []),
      );
      return rows.map((row) => ({
        context: row.context,
        state: row.status,
        description: row.description ?? '',
        targetUrl: row.target_url ?? '',
      }));
    } catch (error) {
      if (error instanceof HttpStatusError && error.status === 404) return [];
      throw error;
    }
  }

  async mergePull(repo: RepoSlug, number: number, sha: Sha): Promise<void> {
    const body = { Do: 'fast-forward-only', head_commit_id: sha };
    const { status } = await this.#call('POST', `/repos/${repo}/pulls/${number}/merge`, body);
    if (status !== 200) throw new ToolError(`Gitea answered ${status} to a merge, not 200`);
  }

  async closePull(repo: RepoSlug, number: number): Promise<void> {
    await this.#call('PATCH', `/repos/${repo}/pulls/${number}`, { state: 'closed' });
  }

  async listComments(
    repo: RepoSlug,
    number: number,
  ): Promise<readonly { author: string; body: string }[]> {
    const path = `/repos/${repo}/issues/${number}/comments`;
    // Gitea answers all comments of an issue at once and knows no pages here.
    const rows = parseAnswer(IssueComment.array(), await this.#call('GET', path), `GET ${path}`);
    return rows.map((row) => ({ author: row.user?.login ?? '', body: row.body }));
  }

  async addComment(repo: RepoSlug, number: number, body: string): Promise<void> {
    await this.#call('POST', `/repos/${repo}/issues/${number}/comments`, { body });
  }

  async readLog(url: string, maxBytes: number): Promise<string | null> {
    if (!this.#isOwnPage(url)) return null;
    return readTail(url, { maxBytes, timeoutMs: this.#options.timeoutMs });
  }

  #isOwnPage(url: string): boolean {
    return URL.canParse(url) && new URL(url).origin === new URL(this.#options.url).origin;
  }

  async #list<T>(path: string, rows: z.ZodType<T[]>): Promise<T[]> {
    const all: T[] = [];
    for (let page = 1; page <= MAX_PAGES; page += 1) {
      const join = path.includes('?') ? '&' : '?';
      const answer = await this.#call('GET', `${path}${join}limit=${PAGE_SIZE}&page=${page}`);
      const found = parseAnswer(rows, answer, `GET ${path}`);
      all.push(...found);
      const total = Number(answer.headers.get('x-total-count') ?? all.length);
      if (found.length === 0 || all.length >= total) return all;
    }
    throw new ToolError(`more than ${MAX_PAGES} pages of ${path}`);
  }

  #call(method: 'GET' | 'POST' | 'PATCH', path: string, body?: unknown): Promise<JsonAnswer> {
    return httpJson({
      system: 'Gitea',
      call: `${method} ${path}`,
      method,
      url: `${this.#options.url}/api/v1${path}`,
      headers: { authorization: `token ${this.#options.token}` },
      timeoutMs: this.#options.timeoutMs,
      ...(body !== undefined && { body }),
    });
  }
}

/** Number of the pull request a 409 names as `issue_id: N`; null for any other error. */
function existingNumberIn(error: unknown): number | null {
  if (!(error instanceof HttpStatusError) || error.status !== 409) return null;
  const found = /issue_id: (\d+)/.exec(error.body)?.[1];
  return found === undefined ? null : Number(found);
}

function toPull(row: Pull): ForgePull {
  return {
    number: row.number,
    url: row.html_url,
    isOpen: row.state === 'open',
    merged: row.merged,
    mergeable: row.mergeable,
    head: { ref: row.head.ref, sha: row.head.sha },
    base: { ref: row.base.ref, sha: row.base.sha },
    fromFork: row.head.repo_id !== row.base.repo_id,
  };
}
