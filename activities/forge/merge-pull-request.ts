import type { RepoSlug, Sha } from '../../workflows/domain/ids.ts';
import type { MergeAnswer } from '../../workflows/domain/verdicts.ts';
import type { ForgeClient } from '../clients/gitea/client.ts';
import { HttpStatusError, ToolError } from '../errors.ts';

/** Makes one merge call and says what its answer means. Whatever it is, the landing proof decides. */
export async function mergePullRequest(
  forge: ForgeClient,
  pull: { repo: RepoSlug; number: number; sha: Sha },
): Promise<MergeAnswer> {
  try {
    await forge.mergePull(pull.repo, pull.number, pull.sha);
    return { kind: 'merged' };
  } catch (error) {
    if (error instanceof HttpStatusError) return classifyMergeRefusal(error);
    if (error instanceof ToolError) return { kind: 'later', reason: error.message };
    throw error;
  }
}

/** What a failing status of the merge call means. Gitea answers a moved main with 405, 409 or an empty 500. */
export function classifyMergeRefusal({
  status,
  message,
}: Pick<HttpStatusError, 'status' | 'message'>): MergeAnswer {
  const mayPass = LATER.has(status) || status >= 500 || (status === 405 && !isFinal(message));
  return mayPass
    ? { kind: 'later', reason: message }
    : { kind: 'refused', status, reason: message };
}

const LATER = new Set([408, 409, 429]);
const FINAL_405 = ['not allowed to merge', 'work in progress', 'merge style'];

function isFinal(message: string): boolean {
  return FINAL_405.some((text) => message.toLowerCase().includes(text));
}
