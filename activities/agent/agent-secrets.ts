import type { ProduceInput } from '../../workflows/domain/activities.ts';
import type { Sha } from '../../workflows/domain/ids.ts';
import type { Repository } from '../git/repository.ts';
import type { HostCall } from '../host-ports.ts';
import type { Secret } from '../runs/redact.ts';
import { findLeaks } from '../runs/redact.ts';
import { readCanary } from './canary.ts';

const SECRET_NAME = /KEY|TOKEN|SECRET|PASSWORD|CREDENTIAL|AUTH/i;

/** What must not stay in anything a run leaves: its canary, and what of its agent's environment is secret by its name. */
export async function readRunSecrets(
  { ports }: HostCall,
  { policy }: ProduceInput,
  runId: string,
): Promise<Secret[]> {
  const env = Object.entries(ports.agents[policy.agent]?.env ?? {});
  const keys = env
    .filter(([name]) => SECRET_NAME.test(name))
    .map(([name, value]) => ({ name, value }));
  return [...keys, await readCanary(ports.dataDir, runId)];
}

/** Names of the secrets that a tree holds and the commit it started from does not, in texts or in paths, or that what was dropped is called by. */
export async function findLeakedChanges(
  repository: Repository,
  { from, tree, dropped }: { from: Sha; tree: Sha; dropped: readonly string[] },
  secrets: readonly Secret[],
): Promise<string[]> {
  const flags = ['--text', '--unified=0', '--no-renames', '--no-ext-diff', '--no-textconv'];
  const { stdout } = await repository.run(['diff-tree', '-r', '-p', ...flags, from, tree]);
  // Without the signs of a diff: one within base64 of many lines would be taken for a letter of it.
  const changes = stdout.replaceAll(/^[+-]/gm, '');
  return findLeaks(Buffer.from([changes, ...dropped].join('\n')), secrets);
}
