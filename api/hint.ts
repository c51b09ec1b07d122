import type { RepoSlug, Sha, TaskId } from '../workflows/domain/ids.ts';
import type { TaskInput } from '../workflows/domain/task-state.ts';

/**
 * "Look at this again." A hint decides nothing: the workflow re-reads board or forge. `start` differs only in that it also
 * starts a workflow that is not there, which then decides whether there is anything to start.
 */
export type Hint =
  | { kind: 'start'; input: TaskInput; title: string }
  | { kind: 'board'; id: TaskId }
  | { kind: 'forge'; id: TaskId }
  | { kind: 'status'; repo: RepoSlug; sha: Sha };

/** Why a delivery leads to nothing. `unknown-project` causes no write anywhere. Source: I16, 2026-06-02. */
export type IgnoredReason = 'unknown-project' | 'echo' | 'irrelevant';

/** What a webhook's payload means. */
export type Translation =
  { kind: 'hint'; hint: Hint } | { kind: 'ignored'; reason: IgnoredReason; detail: string };

/** Sends a hint on. Throws when Temporal did not acknowledge it in time. */
export interface TaskSignals {
  send(hint: Hint): Promise<'sent' | 'no task'>;
}

/** Whose news a hint is, as people read it; also what deliveries are coalesced by. */
export function targetOf(hint: Hint): string {
  switch (hint.kind) {
    case 'start':
      return `task:${hint.input.id} boardChanged`;
    case 'board':
      return `task:${hint.id} boardChanged`;
    case 'forge':
      return `task:${hint.id} forgeChanged`;
    case 'status':
      return `lane:${hint.repo} statusReported`;
  }
}

/** A delivery that leads to nothing, and why. */
export const ignored = (reason: IgnoredReason, detail: string): Translation => ({
  kind: 'ignored',
  reason,
  detail,
});
