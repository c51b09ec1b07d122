import type { Sha } from '../../workflows/domain/ids.ts';
import type { AgentName } from '../../workflows/domain/runs.ts';
import { listChangedBlobs, readBlobs } from '../git/changed-blobs.ts';
import type { Repository } from '../git/repository.ts';
import type { HostCall } from '../host-ports.ts';
import type { Secret } from '../runs/redact.ts';
import { createRedactor, findLeaks } from '../runs/redact.ts';
import { readCanary } from './canary.ts';

const SECRET_NAME = /KEY|TOKEN|SECRET|PASSWORD|CREDENTIAL|AUTH/i;

/** What must not stay in anything a run leaves: its canary, and what of its agent's environment is secret by its name. */
export async function readRunSecrets(
  { ports }: HostCall,
  agent: AgentName,
  runId: string,
): Promise<Secret[]> {
  const env = Object.entries(ports.agents[agent]?.env ?? {});
  const keys = env
    .filter(([name]) => SECRET_NAME.test(name))
    .map(([name, value]) => ({ name, value }));
  return [...keys, await readCanary(ports.dataDir, runId)];
}

/**
 * Names of the secrets that a tree holds and the commit it started from does not, in files it changed, in targets of links or in
 * paths, or that what was dropped is called by. Whole files are read: what is added may only end what was there.
 */
export async function findLeakedChanges(
  repository: Repository,
  { from, tree, dropped }: { from: Sha; tree: Sha; dropped: readonly string[] },
  secrets: readonly Secret[],
): Promise<string[]> {
  const changes = await listChangedBlobs(repository, from, tree);
  const find = async (side: 'before' | 'after', names: readonly string[]) => {
    const redactor = createRedactor(secrets);
    const there = changes.filter((change) => change[side] !== null);
    const blobs = new Set(there.flatMap((change) => change[side] ?? []));
    await readBlobs(repository, [...blobs], (bytes) => redactor.push(bytes));
    const paths = Buffer.from([...there.map(({ path }) => path), ...names].join('\n'));
    return [...new Set([...redactor.leaks(), ...findLeaks(paths, secrets)])].sort();
  };
  const found = await find('after', dropped);
  if (found.length === 0) return [];
  const known = await find('before', []);
  return found.filter((name) => !known.includes(name));
}
