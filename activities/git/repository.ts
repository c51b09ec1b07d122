import { mkdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { RepoSlug, Sha } from '../../workflows/domain/ids.ts';
import { toSha } from '../../workflows/domain/ids.ts';
import { withFileLock } from '../file-lock.ts';
import { PermanentError, ToolError } from '../errors.ts';
import type { Git, GitCall, GitAnswer } from './git.ts';
import { writeOwnAttributes } from './own-attributes.ts';

/** How a repository is reached: our trusted bare copy of it and its address on the forge. */
export interface Remote {
  git: Git;
  dataDir: string;
  urlOf: (repo: RepoSlug) => string;
  signal: AbortSignal;
}

/** The trusted bare repository of a project; agents never write to it. */
export class Repository {
  readonly gitDir: string;
  readonly #url: string;
  readonly #git: Git;
  readonly #signal: AbortSignal;

  constructor(repo: RepoSlug, remote: Remote) {
    this.gitDir = join(remote.dataDir, 'repos', `${repo.replace('/', '__')}.git`);
    this.#url = remote.urlOf(repo);
    this.#git = remote.git;
    this.#signal = remote.signal;
  }

  /** Calls git on the bare repository. */
  run(args: readonly string[], call: GitCall = {}): Promise<GitAnswer> {
    return this.#git(args, { gitDir: this.gitDir, ...call });
  }

  /** The one line a git call prints. */
  async line(args: readonly string[], call: GitCall = {}): Promise<string> {
    return (await this.run(args, call)).stdout.trim();
  }

  /** Creates the bare repository when it is missing. Safe to repeat and to race. */
  async open(): Promise<this> {
    if (!(await exists(join(this.gitDir, 'HEAD')))) await this.#create();
    await writeOwnAttributes(this.gitDir);
    return this;
  }

  #create(): Promise<void> {
    return this.#alone(async () => {
      if (await exists(join(this.gitDir, 'HEAD'))) return;
      const fresh = `${this.gitDir}.fresh`;
      await rm(fresh, { recursive: true, force: true });
      await this.#git(['init', '--quiet', '--bare', '--template=', fresh]);
      await rename(fresh, this.gitDir);
    });
  }

  /** Heads on the forge by full ref name; a ref that is not there is absent. */
  async listRemote(refs: readonly string[]): Promise<ReadonlyMap<string, Sha>> {
    const { stdout } = await this.run(['ls-remote', '--', this.#url, ...refs], { remote: true });
    const rows = stdout.split('\n').filter((row) => row !== '');
    const heads = rows.map((row): [string, Sha] => {
      const [sha = '', ref = ''] = row.split('\t');
      return [ref, toSha(sha)];
    });
    return new Map(heads.filter(([ref]) => refs.includes(ref)));
  }

  /** The forge's head of `ref` now, null when it has none. */
  async readRemote(ref: string): Promise<Sha | null> {
    return (await this.listRemote([ref])).get(ref) ?? null;
  }

  /** Brings all branches, and `refs` beside them, into `refs/remotes/origin/` and `refs/remotes/<rest of the ref>`. */
  async fetch(refs: readonly string[] = []): Promise<void> {
    const extra = refs.map((ref) => `+${ref}:${ref.replace(/^refs\//, 'refs/remotes/')}`);
    const specs = ['+refs/heads/*:refs/remotes/origin/*', ...extra];
    const quiet = ['--quiet', '--prune', '--no-tags', '--no-write-fetch-head'];
    await this.#alone(() =>
      this.run(['fetch', ...quiet, '--', this.#url, ...specs], { remote: true }),
    );
  }

  /**
   * Moves `ref` on the forge to `sha` (null deletes it) if it is still `lease` (null = it must not exist). A ref that already is
   * what it should be counts as moved. Throws PermanentError when somebody else moved it.
   */
  async push(ref: string, { sha, lease }: { sha: Sha | null; lease: Sha | null }): Promise<void> {
    if (sha === lease) return;
    const args = ['push', '--porcelain', '--no-verify', `--force-with-lease=${ref}:${lease ?? ''}`];
    const spec = `${sha ?? ''}:${ref}`;
    const pushed = await this.run([...args, '--', this.#url, spec], {
      remote: true,
      answers: [1, 128],
    });
    if (pushed.code === 0) return;
    const found = await this.readRemote(ref);
    if (found === sha) return;
    if (found === lease) throw new ToolError(`push of ${ref} failed: ${pushed.stderr.slice(-400)}`);
    throw new PermanentError(`${ref} was moved by somebody else: it is ${found ?? 'gone'}`);
  }

  /** Keeps `sha` reachable in the bare repository under `ref`; null forgets the ref. */
  async keep(ref: string, sha: Sha | null): Promise<void> {
    await this.#alone(() =>
      this.run(sha === null ? ['update-ref', '-d', ref] : ['update-ref', ref, sha]),
    );
  }

  /** Whether `of` has `ancestor` in its history; a commit that is not here is in nobody's. */
  async isAncestor(ancestor: Sha, of: Sha): Promise<boolean> {
    if (!(await this.has(ancestor))) return false;
    const args = ['merge-base', '--is-ancestor', ancestor, of];
    return (await this.run(args, { answers: [1] })).code === 0;
  }

  async has(sha: Sha): Promise<boolean> {
    const found = await this.run(['cat-file', '-e', `${sha}^{commit}`], { answers: [1, 128] });
    return found.code === 0;
  }

  /** The text of a file at a commit, null when there is none. */
  async readFile(commit: Sha, path: string): Promise<string | null> {
    const listed = await this.run(['ls-tree', '-z', commit, '--', path], { answers: [] });
    const found = /^\d+ blob ([0-9a-f]{40})\t/.exec(listed.stdout);
    if (found === null) return null;
    return (await this.run(['cat-file', 'blob', found[1] ?? ''])).stdout;
  }

  /** Paths of all files of a commit under `folder`. */
  async listFiles(commit: Sha, folder: string): Promise<string[]> {
    const args = ['ls-tree', '-r', '-z', '--name-only', commit, '--', `${folder}/`];
    return (await this.run(args)).stdout.split('\0').filter((path) => path !== '');
  }

  /** Paths of the files under `folder` that `to` has otherwise than `from`, or that only `to` has. */
  async listWritten(from: Sha, to: Sha, folder: string): Promise<string[]> {
    const args = ['diff-tree', '-r', '-z', '--name-only', '--no-renames', '--diff-filter=d'];
    const { stdout } = await this.run([...args, from, to, '--', `${folder}/`]);
    return stdout.split('\0').filter((path) => path !== '');
  }

  async #alone<T>(work: () => Promise<T>): Promise<T> {
    await mkdir(join(this.gitDir, '..'), { recursive: true });
    return withFileLock(`${this.gitDir}.lock`, this.#signal, work);
  }
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
