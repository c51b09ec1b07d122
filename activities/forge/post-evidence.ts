import type { RepoSlug } from '../../workflows/domain/ids.ts';
import type { ForgeClient } from '../clients/gitea/client.ts';

/** One document to show under a pull request; `key` with `life` makes it appear once. */
export interface Evidence {
  repo: RepoSlug;
  number: number;
  life: string;
  key: string;
  body: string;
}

const MAX_BODY = 60_000;

/** Posts the document unless our own comment with its marker is there. A marker in somebody else's text does not count. */
export async function postEvidence(forge: ForgeClient, evidence: Evidence): Promise<void> {
  const { repo, number, life, key, body } = evidence;
  const marker = `<!-- orch:${life}:${key} -->`;
  const [login, comments] = await Promise.all([forge.ownLogin(), forge.listComments(repo, number)]);
  const isThere = comments.some(
    (comment) => comment.author === login && comment.body.startsWith(marker),
  );
  if (isThere) return;
  await forge.addComment(repo, number, `${marker}\n${body.slice(0, MAX_BODY)}`);
}
