import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** A webhook delivery of a real server. */
export interface RecordedDelivery {
  headers: Readonly<Record<string, string>>;
  body: Record<string, unknown>;
}

/** Reads tests/contract/recorded/<source>/webhooks/<name>.json. */
export function readDelivery(source: 'plane' | 'gitea', name: string): RecordedDelivery {
  const folder = join(import.meta.dirname, '../../contract/recorded', source, 'webhooks');
  return JSON.parse(readFileSync(join(folder, `${name}.json`), 'utf8')) as RecordedDelivery;
}
