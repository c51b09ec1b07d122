import type { Life, Sha, TaskId } from '../../workflows/domain/ids.ts';
import { documentsOf, toSha } from '../../workflows/domain/ids.ts';
import type { BotRole } from '../../workflows/domain/effects.ts';
import { toOneLine } from '../../workflows/domain/untrusted-text.ts';
import type { Signature } from './git.ts';
import type { Repository } from './repository.ts';
import { withIndex } from './scratch-index.ts';

/** What a commit of ours says about where it came from. */
export interface Trailers {
  refs: TaskId;
  run: string;
  life: Life;
}

/** The bot a role commits as. `date` is ISO. */
export function signatureOf(role: BotRole, date: string): Signature {
  const name = `${role.charAt(0).toUpperCase()}${role.slice(1)}`;
  return { name, email: `${role}${OUR_DOMAIN}`, date };
}

const OUR_DOMAIN = '@orchestrator.invalid';

/**
 * Makes a commit object. The same arguments make the same commit, so repeating is free. The subject may hold what people wrote:
 * it stays one line and so forges no trailer.
 */
export async function commitTree(
  repository: Repository,
  commit: {
    tree: Sha;
    parent: Sha | null;
    subject: string;
    trailers: Trailers;
    signature: Signature;
  },
): Promise<Sha> {
  const { tree, parent, trailers, signature } = commit;
  const subject = toOneLine(commit.subject).slice(0, 120);
  const message = [
    subject,
    '',
    `Refs: ${trailers.refs}`,
    `Run: ${trailers.run}`,
    `Life: ${trailers.life}`,
    '',
  ].join('\n');
  const parents = parent === null ? [] : ['-p', parent];
  const args = ['commit-tree', tree, ...parents, '-F', '-'];
  return toSha(await repository.line(args, { input: message, signature }));
}

/** The trailers of a commit of ours, null for anybody else's: a person who amends a commit of ours keeps its trailers. */
export async function readTrailers(
  repository: Repository,
  sha: Sha,
): Promise<Record<keyof Trailers, string> | null> {
  const keys = ['Refs', 'Run', 'Life'].map((key) => `%(trailers:key=${key},valueonly,only)`);
  const format = ['%ce', ...keys].join('%x00');
  const line = await repository.line(['log', '-1', `--format=${format}`, sha]);
  const [email = '', refs = '', run = '', life = ''] = line.split('\0').map((part) => part.trim());
  if (!email.endsWith(OUR_DOMAIN) || refs === '' || run === '' || life === '') return null;
  return { refs, run, life };
}

/** First parent of a commit, null for the first one. */
export async function readParent(repository: Repository, sha: Sha): Promise<Sha | null> {
  const line = await repository.line(['log', '-1', '--format=%P', sha]);
  const [first = ''] = line.split(' ');
  return first === '' ? null : toSha(first);
}

/** Committer date of a commit, ISO. */
export async function readDate(repository: Repository, sha: Sha): Promise<string> {
  return repository.line(['log', '-1', '--format=%cI', sha]);
}

export async function readTree(repository: Repository, commit: Sha): Promise<Sha> {
  return toSha(await repository.line(['rev-parse', `${commit}^{tree}`]));
}

/** The tree of a commit without the task's documents: what test-like verdicts bind to. */
export async function readCodeTree(repository: Repository, commit: Sha, id: TaskId): Promise<Sha> {
  return withIndex(repository, commit, async (indexFile) => {
    const drop = ['rm', '-r', '-q', '--cached', '--ignore-unmatch', '--', documentsOf(id)];
    await repository.run(drop, { indexFile });
    return toSha(await repository.line(['write-tree'], { indexFile }));
  });
}

/** The tree of `commit` with `files` (path -> text) put in. */
export async function addFiles(
  repository: Repository,
  commit: Sha,
  files: Readonly<Record<string, string>>,
): Promise<Sha> {
  return withIndex(repository, commit, async (indexFile) => {
    await putFiles(repository, indexFile, files);
    return toSha(await repository.line(['write-tree'], { indexFile }));
  });
}

/** Puts texts into an index. */
export async function putFiles(
  repository: Repository,
  indexFile: string,
  files: Readonly<Record<string, string>>,
): Promise<void> {
  for (const [path, text] of Object.entries(files)) {
    const blob = await repository.line(['hash-object', '-w', '--stdin'], { input: text });
    const entry = `100644,${blob},${path}`;
    await repository.run(['update-index', '--add', '--replace', '--cacheinfo', entry], {
      indexFile,
    });
  }
}
