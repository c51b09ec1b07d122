import type { Forge } from './forge.ts';
import { gitDir } from './forge.ts';
import { isAncestor } from './git-objects.ts';
import { globPattern } from './glob.ts';
import type { Protection, Pull, Repo, User } from './state.ts';
import { latestStatuses } from './statuses.ts';

/** The protection rule of a branch; an exact name wins over a glob. */
export function protectionOf(repo: Repo, branch: string): Protection | null {
  const exact = repo.protections.find(({ rule_name }) => rule_name === branch);
  const match =
    exact ?? repo.protections.find(({ rule_name }) => globPattern(rule_name, '/').test(branch));
  return match ?? null;
}

/** True when the rule lets the user push to the branch directly. */
export function mayPush(rule: Protection, user: User): boolean {
  if (!rule.enable_push) return false;
  return !rule.enable_push_whitelist || rule.push_whitelist_usernames.includes(user.login);
}

/** What a push by the user may not do, one `<push|force> <branch glob>` each, for the pre-receive hook. */
export function pushRules(repo: Repo, user: User): string[] {
  return repo.protections.flatMap((rule) => {
    if (!mayPush(rule, user)) return [`push ${rule.rule_name}`];
    return rule.enable_force_push ? [] : [`force ${rule.rule_name}`];
  });
}

function statusesSatisfied(forge: Forge, { repo, rule, pull }: Judged): boolean {
  const latest = latestStatuses(forge, repo, pull.headSha);
  const globs = rule.status_check_contexts.length > 0 ? rule.status_check_contexts : ['*'];
  return globs.every((glob) => {
    const required = latest.filter(({ context }) => globPattern(glob).test(context));
    return (
      required.length > 0 &&
      required.every(({ state }) => ['success', 'warning', 'skipped'].includes(state))
    );
  });
}

interface Judged {
  repo: Repo;
  rule: Protection;
  pull: Pull;
}

/** Why branch protection keeps the pull request from being merged, in the forge's words; null when nothing does. */
export async function whyNotReady(forge: Forge, judged: Judged): Promise<string | null> {
  const { repo, rule, pull } = judged;
  if (rule.enable_status_check && !statusesSatisfied(forge, judged)) {
    return 'Not all required status checks successful';
  }
  const reviews = forge.state.reviews.filter(
    ({ repoId, pullNumber, dismissed }) =>
      repoId === repo.id && pullNumber === pull.number && !dismissed,
  );
  const approvals = reviews.filter(({ state, official }) => state === 'APPROVED' && official);
  if (approvals.length < rule.required_approvals) return 'Does not have enough approvals';
  const rejected = reviews.some(({ state }) => state === 'REQUEST_CHANGES');
  if (rule.block_on_rejected_reviews && rejected) return 'There are requested changes';
  const baseSha = repo.refs[`refs/heads/${pull.baseRef}`] ?? '';
  const behind =
    rule.block_on_outdated_branch &&
    !(await isAncestor(gitDir(forge, repo), baseSha, pull.headSha));
  return behind ? 'The head branch is behind the base branch' : null;
}
