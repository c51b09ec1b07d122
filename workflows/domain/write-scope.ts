import type { TaskId } from './ids.ts';
import { documentsOf } from './ids.ts';
import type { Role } from './stages.ts';

/** Whether a run's change of a path is kept, and if not why. */
export type ScopeAnswer = 'allowed' | 'outside' | 'protected';

/** CI, gate and agent definitions at the root: what judges the work is not the work's to change. Lower case. Source: I18. */
const PROTECTED_AT_ROOT = new Set([
  '.ci',
  '.circleci',
  '.drone.yml',
  '.forgejo',
  '.gitea',
  '.github',
  '.gitlab-ci.yml',
  '.openclaw',
  '.woodpecker',
  '.woodpecker.yml',
  'jenkinsfile',
]);

/** What agents read wherever it lies, as instructions or settings. */
const PROTECTED_ANYWHERE = new Set([
  '.agents',
  '.claude',
  '.claude.json',
  '.codex',
  '.cursor',
  '.cursorrules',
  '.gemini',
  '.gitmodules',
  '.mcp.json',
  'agents.md',
  'agents.override.md',
  'claude.local.md',
  'claude.md',
  'gemini.md',
]);

/** Documents others work by or are judged by, with the one role that may write them; 00 and 17, 18 are ours alone. Source: I4 */
const OWNERS: readonly (readonly [RegExp, Role | null])[] = [
  [/^00-/, null],
  [/^0[1-5]-/, 'analyst'],
  [/^06-adr(\/|$)/, 'architect'],
  [/^(08|10)-/, 'architect'],
  [/^12-/, 'reviewer'],
  [/^13-/, 'tester'],
  [/^1[456]-/, 'deployer'],
  [/^1[78]-/, null],
];

/** Says whether `role` may change `path` (repository path, `/` between parts) in task `id`. Source: architecture, write scopes. */
export function judgePath(path: string, by: { role: Role; id: TaskId }): ScopeAnswer {
  const parts = partsOf(path);
  if (isUnsafe(parts)) return 'protected';
  const folder = `${documentsOf(by.id)}/`;
  if (path.startsWith(folder)) return judgeDocument(path.slice(folder.length), by.role);
  if (parts.join('/').startsWith('docs/work-items/')) return 'outside';
  if (by.role === 'developer') return isProtected(parts) ? 'protected' : 'allowed';
  if (by.role === 'architect' && /^docs\/(architecture\.md$|architecture\/.|adr\/.)/.test(path))
    return 'allowed';
  return 'outside';
}

function judgeDocument(name: string, role: Role): ScopeAnswer {
  const owner = OWNERS.find(([pattern]) => pattern.test(name.toLowerCase()));
  return owner === undefined || owner[1] === role ? 'allowed' : 'outside';
}

/** Parts as the most forgiving file system takes them: without case, unseen letters, blanks and dots at the end, or streams. */
const partsOf = (path: string): string[] =>
  path.split(/[/\\]/).map((part) =>
    part
      .normalize('NFKC')
      .replace(/\p{Default_Ignorable_Code_Point}/gu, '')
      .toLowerCase()
      .replace(/(?<=.):.*$/s, '')
      .replace(/(?<=[^. ])[. ]+$/, ''),
  );

/** No path of a repository, or one into a git directory. */
const isUnsafe = (parts: readonly string[]) =>
  parts.some((part) => /^(\.git|git~\d+|\.{0,2})$/.test(part));

const isProtected = (parts: readonly string[]) =>
  PROTECTED_AT_ROOT.has(parts[0] ?? '') || parts.some((part) => PROTECTED_ANYWHERE.has(part));
