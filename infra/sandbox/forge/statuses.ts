import type { Forge } from './forge.ts';
import { publishStatus } from './events.ts';
import { takeId, timestamp, type Repo, type Status, type StatusState } from './state.ts';

/** Appends a row to a commit's status history and tells of it. */
export function appendStatus(
  forge: Forge,
  repo: Repo,
  given: Pick<Status, 'sha' | 'state' | 'context' | 'description' | 'targetUrl' | 'creatorId'>,
): Status {
  const status: Status = {
    id: takeId(forge.state, 'status'),
    repoId: repo.id,
    ...given,
    createdAt: timestamp(),
  };
  forge.state.statuses.push(status);
  forge.store.save();
  publishStatus(forge, status);
  return status;
}

/** A commit's status history, oldest first. */
export function statusHistory(forge: Forge, repo: Repo, sha: string): Status[] {
  return forge.state.statuses.filter((status) => status.repoId === repo.id && status.sha === sha);
}

/** The row of each context that counts: the newest. */
export function latestStatuses(forge: Forge, repo: Repo, sha: string): Status[] {
  const latest = new Map<string, Status>();
  for (const status of statusHistory(forge, repo, sha)) latest.set(status.context, status);
  return [...latest.values()].sort((a, b) => a.id - b.id);
}

/** One state for many rows, as the forge combines them since 1.25; an empty text for none. */
export function combineStates(statuses: readonly Status[]): StatusState | '' {
  const states = new Set(statuses.map(({ state }) => state));
  if (states.size === 0) return '';
  if (states.has('error') || states.has('failure')) return 'failure';
  return states.has('pending') ? 'pending' : 'success';
}
