import type { RunKey } from '../workflows/domain/runs.ts';
import { runIdOf } from './run-id.ts';

/** Texts kept out of history: reports, must-fix lists, logs. A document is written once under an id of ours and never changes. */
export interface DocumentStore {
  /** Keeps `body` (cut to 256 kB) under `id`; a second call with the same id changes nothing. */
  save(document: StoredDocument): Promise<void>;
  /** The document, or null when there is none. */
  read(id: string): Promise<StoredDocument | null>;
}

/** A document as stored. */
export interface StoredDocument {
  id: string;
  taskId: string;
  life: string;
  /** file name as people know it, such as `15-staging-log.md` */
  name: string;
  body: string;
}

/** Id of the document `name` made by the run `key`; stable across retries. */
export function documentIdOf(key: RunKey, name: string): string {
  return `${runIdOf(key)}-${name.replace(/[^A-Za-z0-9.-]+/g, '-')}`;
}
