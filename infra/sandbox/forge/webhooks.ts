import { createHmac, randomUUID } from 'node:crypto';
import { inTurn, type Forge } from './forge.ts';
import { globPattern } from './glob.ts';
import type { Hook, Repo } from './state.ts';

const DELIVER_TIMEOUT_MS = 5000;

const PULL_EVENTS = [
  'pull_request',
  'pull_request_assign',
  'pull_request_label',
  'pull_request_milestone',
  'pull_request_comment',
  'pull_request_review',
  'pull_request_review_request',
  'pull_request_sync',
];
const ISSUE_EVENTS = ['issues', 'issue_assign', 'issue_label', 'issue_milestone', 'issue_comment'];
const OTHER_EVENTS = [
  'create',
  'delete',
  'fork',
  'push',
  'repository',
  'release',
  'wiki',
  'package',
  'status',
  'workflow_run',
  'workflow_job',
];
const SUBSCRIBED_AS: Record<string, string> = {
  pull_request_review_approved: 'pull_request_review',
  pull_request_review_rejected: 'pull_request_review',
  pull_request_review_comment: 'pull_request_review',
};
const COARSE_EVENT: Record<string, string> = {
  pull_request_sync: 'pull_request',
  pull_request_comment: 'issue_comment',
  pull_request_review_approved: 'pull_request_approved',
  pull_request_review_rejected: 'pull_request_rejected',
  pull_request_review_comment: 'pull_request_comment',
};

/** What one event tells: its fine type, the short branch name where a branch filter applies, and its JSON. */
export interface ForgeEvent {
  type: string;
  branch?: string;
  render: () => object | Promise<object>;
}

/** The events a hook gets for what was asked: `pull_request` and `issues` stand for all of their kind, nothing means push. */
export function expandEvents(asked: readonly string[]): string[] {
  if (asked.length === 0) return ['push'];
  const has = (event: string) => asked.includes(event);
  return [
    ...OTHER_EVENTS.filter(has),
    ...PULL_EVENTS.filter((event) => has(event) || has('pull_request') || has(`${event}_only`)),
    ...ISSUE_EVENTS.filter((event) => has(event) || has('issues') || has(`${event}_only`)),
  ];
}

/** Sends an event to the repository's hooks, in the order of the calls; rendered at its turn, one attempt each. */
export function publish(forge: Forge, repo: Repo, event: ForgeEvent): void {
  const hooks = forge.state.hooks.filter((hook) => hook.repoId === repo.id && wants(hook, event));
  if (hooks.length === 0) return;
  const sending = inTurn(forge.events, repo, async () => {
    const body = goJson(await event.render());
    for (const hook of hooks) sendTo(forge, hook, { type: event.type, body });
  });
  sending.catch((error: unknown) => {
    console.error(`event ${event.type} of ${repo.owner}/${repo.name} was lost`, error);
  });
}

function wants(hook: Hook, { type, branch }: ForgeEvent): boolean {
  if (!hook.active || !hook.events.includes(SUBSCRIBED_AS[type] ?? type)) return false;
  if (branch === undefined || ['', '*'].includes(hook.branchFilter)) return true;
  return globPattern(hook.branchFilter, '/').test(branch);
}

// The real forge is written in Go, whose JSON writer escapes these; the signature covers the escaped text.
function goJson(payload: object): string {
  return JSON.stringify(payload, null, 2).replace(
    /[<>&\u2028\u2029]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

function sendTo(forge: Forge, hook: Hook, { type, body }: { type: string; body: string }): void {
  forge.deliveries.send({
    url: hook.url,
    event: type,
    timeoutMs: DELIVER_TIMEOUT_MS,
    render: () => ({ headers: deliveryHeaders(hook, type, body), body }),
  });
}

function sign(algorithm: string, secret: string, body: string): string {
  return secret === '' ? '' : createHmac(algorithm, secret).update(body).digest('hex');
}

function deliveryHeaders(hook: Hook, type: string, body: string): Record<string, string> {
  const sha256 = sign('sha256', hook.secret, body);
  const delivery = randomUUID();
  const event = COARSE_EVENT[type] ?? type;
  const headers: Record<string, string> = {
    'User-Agent': 'Go-http-client/1.1',
    'Content-Type': 'application/json',
    'X-Gitea-Signature': sha256,
    'X-Gogs-Signature': sha256,
    'X-Hub-Signature': `sha1=${sign('sha1', hook.secret, body)}`,
    'X-Hub-Signature-256': `sha256=${sha256}`,
    'X-Gitea-Hook-Installation-Target-Type': 'repository',
    'X-GitHub-Hook-Installation-Target-Type': 'repository',
  };
  for (const brand of ['Gitea', 'Gogs', 'GitHub']) {
    headers[`X-${brand}-Delivery`] = delivery;
    headers[`X-${brand}-Event`] = event;
    headers[`X-${brand}-Event-Type`] = type;
  }
  if (hook.authorizationHeader !== '') headers.Authorization = hook.authorizationHeader;
  return headers;
}
