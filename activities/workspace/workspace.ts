import { createHash } from 'node:crypto';
import { join } from 'node:path';
import type { TaskId } from '../../workflows/domain/ids.ts';
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
  const life = createHash('sha256').update(task.life).digest('hex').slice(0, 8);
  const folder = join(dataDir, 'clones', `${task.id}-${life}`);
  return {
    folder,
    tree: join(folder, 'tree'),
    lock: join(folder, 'tree.lock'),
    catchUpTree: join(folder, 'catch-up'),
  };
}

/** Ref on the forge that every commit of a task reaches at once. Source: architecture, pushes. */
export const workRefOf = (id: TaskId): string => `refs/orch/work/${id}`;

/** Ref on the forge that keeps the work of a task that ended without landing. Source: I10. */
export const preservedRefOf = (id: TaskId): string => `refs/orch/preserved/${id}`;

/** Ref on the forge that keeps the documents which are not commits on main. */
export const evidenceRefOf = (id: TaskId): string => `refs/orch/evidence/${id}`;

/** Ref on the forge that keeps the work of a run whose output does not count. */
export const uncountedRefOf = (runId: string): string => `refs/orch/uncounted/${runId}`;

/** The task's trusted repository, created when missing. */
export async function openRepository(
  call: HostCall,
  task: { repo: TaskRef['repo'] },
): Promise<Repository> {
  const { git, dataDir, urlOf } = call.ports;
  return new Repository(task.repo, { git, dataDir, urlOf, signal: call.signal }).open();
}
