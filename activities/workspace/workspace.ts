import { createHash } from 'node:crypto';
import { join } from 'node:path';
import type { Sha, TaskId } from '../../workflows/domain/ids.ts';
import type { TaskRef } from '../../workflows/domain/task-state.ts';
import { Repository } from '../git/repository.ts';
import type { HostCall } from '../host-ports.ts';

/** Where one life of a task works on this host: `<dataDir>/clones/<ID>-<life8>/`. */
export interface Workspace {
  folder: string;
  /** the clone agents and tests see */
  tree: string;
  /** held by whatever works in `tree` */
  lock: string;
  /** scratch clone of ours for rebases */
  catchUpTree: string;
}

/** The workspace of a task's life. */
export function workspaceOf(task: TaskRef, dataDir: string): Workspace {
  const folder = join(dataDir, 'clones', `${task.id}-${shortLife(task.life)}`);
  return {
    folder,
    tree: join(folder, 'tree'),
    lock: join(folder, 'tree.lock'),
    catchUpTree: join(folder, 'catch-up'),
  };
}

const shortLife = (life: string) => createHash('sha256').update(life).digest('hex').slice(0, 8);

/** Ref on the forge that every commit of a task reaches at once. Source: architecture, pushes. */
export const workRefOf = (id: TaskId): string => `refs/orch/work/${id}`;

/** Ref on the forge that keeps the work of a task that ended without landing. Source: I10. */
export const preservedRefOf = (id: TaskId): string => `refs/orch/preserved/${id}`;

/** Ref on the forge that keeps what a former life left behind; `life` null = nobody knows whose it was. Source: I10. */
export const leftoverRefOf = (id: TaskId, { life, sha }: { life: string | null; sha: Sha }) =>
  `${preservedRefOf(id)}-${life === null ? sha.slice(0, 8) : shortLife(life)}`;

/** Ref on the forge that keeps the documents which are not commits on main. */
export const evidenceRefOf = (id: TaskId): string => `refs/orch/evidence/${id}`;

/** Ref on the forge that keeps the work of a run whose output does not count. */
export const uncountedRefOf = (runId: string): string => `refs/orch/uncounted/${runId}`;

/** The task's branch, as a ref. */
export const branchRefOf = (task: TaskRef): string => `refs/heads/${task.branch}`;

/** The task's trusted repository, created when missing. */
export async function openRepository(
  call: HostCall,
  task: { repo: TaskRef['repo'] },
): Promise<Repository> {
  const { git, dataDir, urlOf } = call.ports;
  return new Repository(task.repo, { git, dataDir, urlOf, signal: call.signal }).open();
}
