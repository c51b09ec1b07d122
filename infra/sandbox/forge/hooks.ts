import type { Forge } from './forge.ts';
import { takeId, timestamp, type Hook, type Repo } from './state.ts';
import { expandEvents } from './webhooks.ts';

/** What a new hook is made of; `events` as a client subscribes. */
export interface NewHook {
  url: string;
  secret: string;
  events: readonly string[];
  branchFilter: string;
  authorizationHeader: string;
  active: boolean;
}

/** Adds a webhook to a repository. */
export function addHook(forge: Forge, repo: Repo, asked: NewHook): Hook {
  const now = timestamp();
  const hook: Hook = {
    id: takeId(forge.state, 'hook'),
    repoId: repo.id,
    ...asked,
    events: expandEvents(asked.events),
    createdAt: now,
    updatedAt: now,
  };
  forge.state.hooks.push(hook);
  forge.store.save();
  return hook;
}
