import type { RepoSlug } from '../../workflows/domain/ids.ts';
import type { ForgeClient } from '../clients/gitea/client.ts';
import { HttpStatusError } from '../errors.ts';

/** Closes a pull request that is open; one that is merged, closed or gone stays as it is. */
export async function closePullRequest(
  forge: ForgeClient,
  pull: { repo: RepoSlug; number: number },
): Promise<void> {
  try {
    const { isOpen } = await forge.readPull(pull.repo, pull.number);
    if (isOpen) await forge.closePull(pull.repo, pull.number);
  } catch (error) {
    if (!(error instanceof HttpStatusError) || error.status !== 404) throw error;
  }
}
