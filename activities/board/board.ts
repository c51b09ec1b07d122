import type { Logger } from 'pino';
import type { BoardClient, BoardProject, BoardState, BoardUser } from '../clients/plane/client.ts';
import { StaleCache } from './stale-cache.ts';

const CACHE_MS = 300_000;

/** The board as activities use it: the client and what of it changes rarely. One per process. */
export interface Board {
  client: BoardClient;
  log: Logger;
  states(project: BoardProject): Promise<readonly BoardState[]>;
  members(project: BoardProject): Promise<readonly BoardUser[]>;
  /** Drops the states kept for the project: one of them was refused. */
  forgetStates(project: BoardProject): void;
}

/** Puts the caches around a board client. States and members are kept 300 s, and longer while the board cannot be read. */
export function createBoard(client: BoardClient, log: Logger): Board {
  const now = () => Date.now();
  const states = new StaleCache<readonly BoardState[]>({ ttlMs: CACHE_MS, now });
  const members = new StaleCache<readonly BoardUser[]>({ ttlMs: CACHE_MS, now });
  const keyOf = (project: BoardProject) => `${project.workspace}/${project.projectId}`;
  return {
    client,
    log,
    states: (project) => states.read(keyOf(project), () => client.listStates(project)),
    members: (project) => members.read(keyOf(project), () => client.listMembers(project)),
    forgetStates: (project) => {
      states.forget(keyOf(project));
    },
  };
}
