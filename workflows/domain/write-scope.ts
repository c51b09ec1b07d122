import type { TaskId } from './ids.ts';
import { documentsOf } from './ids.ts';
import type { Role } from './stages.ts';

/** Whether a run's change of a path is kept, and if not why. */
export type ScopeAnswer = 'allowed' | 'outside' | 'protected';

/** CI, gate and agent definitions: what judges the work is not the work's to change. Lower case. Source: I18. */
const PROTECTED = [
  '.ci/',
  '.claude/',
  '.claude.json',
  '.gitea/',
  '.github/',
  '.gitmodules',
  '.mcp.json',
  '.openclaw/',
  'agents.md',
  'claude.md',
  'claude.local.md',
];

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
  const lower = path.toLowerCase();
  if (isUnsafe(lower)) return 'protected';
  const folder = `${documentsOf(by.id)}/`;
  if (path.startsWith(folder)) return judgeDocument(path.slice(folder.length), by.role);
  if (lower.startsWith('docs/work-items/')) return 'outside';
  if (by.role === 'developer') return isProtected(lower) ? 'protected' : 'allowed';
  if (by.role === 'architect' && /^docs\/(architecture\.md$|architecture\/.|adr\/.)/.test(path))
    return 'allowed';
  return 'outside';
}

function judgeDocument(name: string, role: Role): ScopeAnswer {
  const owner = OWNERS.find(([pattern]) => pattern.test(name.toLowerCase()));
  return owner === undefined || owner[1] === role ? 'allowed' : 'outside';
}

const isUnsafe = (lower: string) =>
  lower === '' ||
  lower.startsWith('/') ||
  lower.split('/').some((part) => /^(\.git|\.{0,2})$/.test(part));

const isProtected = (lower: string) =>
  PROTECTED.some((entry) =>
    entry.endsWith('/')
      ? lower.startsWith(entry) || `${lower}/` === entry
      : lower === entry || lower.endsWith(`/${entry}`),
  );
