import { z } from 'zod';
import { toSha, toTaskId } from '../../workflows/domain/ids.ts';
import type { TaskId } from '../../workflows/domain/ids.ts';
import type { Project } from '../../workflows/domain/project.ts';
import { ignored } from '../hint.ts';
import type { Translation } from '../hint.ts';

/** What a forge delivery is read against. */
export interface GiteaWorld {
  projects: readonly Project[];
  /** logins of our own forge users */
  botLogins: readonly string[];
}

/** The parts of a payload that are used, of any event. */
const Envelope = z.object({
  repository: z.object({ full_name: z.string() }),
  sender: z.object({ login: z.string() }).nullish(),
});
const Push = z.object({ ref: z.string() });
const OnPull = z.object({ pull_request: z.object({ head: z.object({ ref: z.string() }) }) });
const Status = z.object({ sha: z.string().regex(/^[0-9a-f]{40}$/, 'not a git object name') });

/**
 * What a forge delivery means; `event` is the header X-Gitea-Event. A commit status carries only a sha and goes to the
 * repository's lane, whoever sent it: CI may report as our own user. Throws ZodError when a part that is used is missing.
 * Source: architecture 2.2, I16.
 */
export function translateGitea(event: string, body: unknown, world: GiteaWorld): Translation {
  const { repository, sender } = Envelope.parse(body);
  const slug = repository.full_name.toLowerCase();
  const project = world.projects.find((known) => known.repo.toLowerCase() === slug);
  if (project === undefined) {
    return ignored('unknown-project', `repository ${repository.full_name} is not ours`);
  }
  if (event === 'status') {
    const sha = toSha(Status.parse(body).sha);
    return { kind: 'hint', hint: { kind: 'status', repo: project.repo, sha } };
  }
  if (sender && world.botLogins.includes(sender.login)) {
    return ignored('echo', 'sent by our own forge user');
  }
  const branch = branchOf(event, body);
  if (branch === null) return ignored('irrelevant', `event ${event} moves no task`);
  const id = taskOf(project, branch);
  if (id === null) return ignored('irrelevant', `branch ${branch} belongs to no task`);
  return { kind: 'hint', hint: { kind: 'forge', id } };
}

/** The branch an event is about; null for events that never matter. */
function branchOf(event: string, body: unknown): string | null {
  if (event === 'push') return Push.parse(body).ref.replace(/^refs\/heads\//, '');
  if (event.startsWith('pull_request')) return OnPull.parse(body).pull_request.head.ref;
  // A comment on a pull request comes as a comment on an issue, with the pull request beside it.
  return event === 'issue_comment'
    ? (OnPull.safeParse(body).data?.pull_request.head.ref ?? null)
    : null;
}

/** `feature/<ID>` or `feature/<ID>-<anything>` of this project's prefix. Source: ET-006. */
function taskOf(project: Project, branch: string): TaskId | null {
  const [, prefix, number] = /^feature\/([A-Z][A-Z0-9]*)-([1-9]\d{0,8})(?:-|$)/.exec(branch) ?? [];
  return prefix === project.prefix ? toTaskId(`${prefix}-${number ?? ''}`) : null;
}
