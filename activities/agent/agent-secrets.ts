import type { Sha } from '../../workflows/domain/ids.ts';
import type { Repository } from '../git/repository.ts';
import type { Secret } from '../runs/redact.ts';
import { findLeaks } from '../runs/redact.ts';

const SECRET_NAME = /KEY|TOKEN|SECRET|PASSWORD|CREDENTIAL|AUTH/i;

/** What of an agent's environment must not stay in anything that is kept, by its name. */
export const secretsOf = (env: Readonly<Record<string, string>>): Secret[] =>
  Object.entries(env)
    .filter(([name]) => SECRET_NAME.test(name))
    .map(([name, value]) => ({ name, value }));

/** Names of the secrets that a tree holds and the commit it started from does not, in texts or in paths. */
export async function findLeakedChanges(
  repository: Repository,
  { from, tree }: { from: Sha; tree: Sha },
  secrets: readonly Secret[],
): Promise<string[]> {
  if (secrets.length === 0) return [];
  const flags = ['--text', '--unified=0', '--no-renames', '--no-ext-diff', '--no-textconv'];
  const { stdout } = await repository.run(['diff-tree', '-r', '-p', ...flags, from, tree]);
  return findLeaks(Buffer.from(stdout), secrets);
}
