import { z } from 'zod';

const PullSide = z.object({ ref: z.string(), sha: z.string(), repo_id: z.number() });

/** A pull request. `mergeable` is false while the conflict check runs as well as on a conflict. */
export const Pull = z.object({
  number: z.number().int(),
  html_url: z.string(),
  state: z.enum(['open', 'closed']),
  merged: z.boolean(),
  mergeable: z.boolean(),
  head: PullSide,
  base: PullSide,
});
export type Pull = z.infer<typeof Pull>;

/** One context of a combined status. An unknown state reads as pending: it is neither a pass nor the work's fault. */
export const CommitStatus = z.object({
  context: z.string(),
  status: z.enum(['pending', 'success', 'error', 'failure', 'warning', 'skipped']).catch('pending'),
  description: z.string().nullish(),
  target_url: z.string().nullish(),
});
export type CommitStatus = z.infer<typeof CommitStatus>;

/** A page of the combined status; its own `state` covers that page only and is not read. */
export const CombinedStatus = z.object({ statuses: z.array(CommitStatus).nullable() });

/** A repository; without a sign of a permission there is none. */
export const Repository = z.object({
  default_branch: z.string(),
  allow_fast_forward_only_merge: z.boolean().catch(false),
  permissions: z.object({ push: z.boolean().catch(false) }).catch({ push: false }),
});

/** A comment of a pull request or issue. */
export const IssueComment = z.object({
  id: z.number().int(),
  body: z.string(),
  user: z.object({ login: z.string() }).nullable(),
});

/** The token's own user. */
export const Account = z.object({ login: z.string() });
