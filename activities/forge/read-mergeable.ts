import type { RepoSlug, Sha } from '../../workflows/domain/ids.ts';
import { toSha } from '../../workflows/domain/ids.ts';
import type { ForgeClient } from '../clients/gitea/client.ts';

/** Whether the pull request can be merged at `sha`; reading it also makes the forge start a conflict check that is due. */
export async function readMergeable(
  forge: ForgeClient,
  pull: { repo: RepoSlug; number: number; sha: Sha },
): Promise<{ mergeable: boolean; merged: boolean; headSha: Sha }> {
  const read = await forge.readPull(pull.repo, pull.number);
  const mergeable = read.isOpen && read.mergeable && read.head.sha === pull.sha;
  return { mergeable, merged: read.merged, headSha: toSha(read.head.sha) };
}
