import { createHmac } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startWebhookReceiver } from '../world/webhook-receiver.ts';
import type { ReceivedWebhook, WebhookReceiver } from '../world/webhook-receiver.ts';
import { cloneRepo, eventually, startForge } from './forge-session.ts';
import type { Clone, ForgeSession } from './forge-session.ts';
import { readRecorded } from './recorded-exchange.ts';

const SLUG = 'dev/notes2654';
const REPO = `repos/${SLUG}`;
const RECORDED_URL = 'http://forge.example:3000';
const RECORDED_HOOK_URL = 'http://orchestrator.example:8500/';
const WEBHOOKS = readdirSync(join(import.meta.dirname, 'recorded/gitea/webhooks')).sort();
const BY_ADMIN = new Set(['18-review-request-changes', '19-review-approved', '22-create-comment']);

/** The recorded commits, in the order of their making. */
const COMMITS = {
  main: '9253425403fae913794bd708534c75edfd3fa189',
  health: 'e1fe632b2e2a069c4b9480b31304dae963f012af',
  healthTested: '935feaedada59004a8b7cfbbeec55e3f7a611783',
  list: '2df5413a88fab63932596a0d005dc26490c25a45',
  listCaughtUp: 'e590b08fa6c16788dac28bd0a198da513cc0293b',
  third: '590b694f72856e50d92e4b931fa6ac4a25f27f9d',
} as const;
type CommitName = keyof typeof COMMITS;

/** What differs between two servers for no reason a client may rely on. */
const MASKED = new Set([
  'id',
  'repo_id',
  'email',
  'size',
  'ssh_url',
  'open_pr_counter',
  'pin_order',
]);
// The real forge reads the merge base again only after its conflict check; ours at once.
const STALE_WHILE_CHECKING = new Set(['merge_base', 'additions', 'changed_files']);
const STALE_EXCHANGES = new Set(['33-get-pull-checking.json', '34-close-pull.json']);

// Permissions and counters depend on when and for whom the real forge rendered them.
const MASKED_IN_WEBHOOKS = new Set([...MASKED, 'permissions', 'comments']);

class Translation {
  readonly #ours = new Map<string, string>();
  readonly #servers: Readonly<Record<string, string>>;

  constructor(servers: Readonly<Record<string, string>>) {
    this.#servers = servers;
  }

  learn(name: CommitName, sha: string): void {
    this.#ours.set(COMMITS[name], sha);
  }

  /** A recorded value with our commits and addresses in it. */
  ours<T>(recorded: T): T {
    let text = JSON.stringify(recorded);
    for (const [theirs, sha] of this.#ours) text = text.replaceAll(theirs, sha);
    for (const [theirs, url] of Object.entries(this.#servers)) text = text.replaceAll(theirs, url);
    return JSON.parse(text) as T;
  }
}

function mask(value: unknown, masked: ReadonlySet<string> = MASKED): unknown {
  if (typeof value === 'string') return maskText(value);
  if (Array.isArray(value)) return value.map((item) => mask(item, masked));
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).map(([key, member]) => {
    if (masked.has(key)) return [key, '<masked>'] as const;
    if (key === 'events') return [key, (member as string[]).toSorted()] as const;
    return [key, mask(member, masked)] as const;
  });
  return Object.fromEntries(entries);
}

function maskText(text: string): string {
  return text
    .replace(/^20\d\d-\d\d-\d\dT\d\d:\d\d:\d\dZ$/, '<time>')
    .replace(/avatars\/[0-9a-f]{32}$/, 'avatars/<hash>')
    .replace(/#issuecomment-\d+$/, '#issuecomment-<number>')
    .replace(/\[id: \d+,/, '[id: <number>,')
    .replace(/_repo_id: \d+/g, '_repo_id: <number>');
}

function readWebhook(file: string): { headers: Record<string, string>; body: Payload } {
  const path = join(import.meta.dirname, 'recorded/gitea/webhooks', file);
  return JSON.parse(readFileSync(path, 'utf8')) as ReturnType<typeof readWebhook>;
}

type Payload = Record<string, unknown>;

const parse = (rawBody: Buffer | undefined) => JSON.parse(String(rawBody ?? '{}')) as Payload;

const subjectOf = ({ action, number, ref, sha, state }: Payload) =>
  JSON.stringify([action, number, ref, sha, state]);

const nameHeaders = (delivery: Pick<ReceivedWebhook, 'headers'> | undefined) =>
  Object.keys(delivery?.headers ?? {}).map((name) => name.toLowerCase());

describe('the sandbox forge beside a recorded session of the real one', () => {
  let receiver: WebhookReceiver;
  let forge: ForgeSession;
  let clone: Clone;
  let translation: Translation;

  const commitOn = async (from: string, name: CommitName, file: string) => {
    await clone.git('checkout', '--quiet', '--detach', from);
    translation.learn(name, await clone.commit({ [file]: `${name}\n` }, `Add ${file}`));
  };
  // A conflict check takes as long as the recording needs it to, however busy the machine is.
  const holdChecks = () => forge.control('pace', { checkMs: 600_000 });
  const endChecks = () => forge.control('pace', { checkMs: 0 });
  const openPull = (head: string, title: string) =>
    forge.api('dev', `POST ${REPO}/pulls`, { head, base: 'main', title, body: '' });
  const postStatus = (context: string, state: string, description: string) =>
    forge.api('dev', `POST ${REPO}/statuses/${translation.ours(COMMITS.health)}`, {
      context,
      state,
      description,
    });

  // What was done to the real forge between two recorded calls.
  const unrecorded: Record<string, () => Promise<unknown>> = {
    '04-get-branch.json': async () => {
      clone = await cloneRepo(forge, SLUG, 'dev');
      translation.learn('main', await clone.git('rev-parse', 'HEAD'));
      await commitOn('main', 'health', 'health.txt');
      await clone.push('HEAD:refs/heads/feature/NT-1-health');
    },
    '15-combined-status-failure.json': () => postStatus('ci/lint', 'failure', '3 problems'),
    '16-combined-status-success.json': async () => {
      await postStatus('ci/lint', 'success', '');
      await postStatus('ci/test', 'success', '');
    },
    '24-merge-bad-style-422.json': async () => {
      await commitOn(translation.ours(COMMITS.health), 'healthTested', 'health.test.txt');
      await holdChecks();
      await clone.push('HEAD:refs/heads/feature/NT-1-health');
      await eventually(() => {
        const types = receiver.received.map(({ headers }) => headers['x-gitea-event-type']);
        expect(types).toContain('pull_request_sync');
      });
      await endChecks();
      await commitOn(translation.ours(COMMITS.main), 'list', 'list.txt');
      await clone.push('HEAD:refs/heads/feature/NT-2-list');
      await openPull('feature/NT-2-list', 'NT-2');
    },
    '26-merge-ok-200.json': holdChecks,
    '30-get-pull-diverged.json': endChecks,
    '32-merge-right-after-force-push-405.json': async () => {
      await commitOn(translation.ours(COMMITS.healthTested), 'listCaughtUp', 'list.txt');
      await holdChecks();
      await clone.push('HEAD:refs/heads/feature/NT-2-list', '--force');
    },
    '39-merge-protected-405.json': async () => {
      await endChecks();
      await commitOn(translation.ours(COMMITS.healthTested), 'third', 'third.txt');
      await clone.push('HEAD:refs/heads/feature/NT-3-third');
      await openPull('feature/NT-3-third', 'NT-3');
    },
  };

  beforeAll(async () => {
    receiver = await startWebhookReceiver();
    forge = await startForge();
    translation = new Translation({ [RECORDED_URL]: forge.url, [RECORDED_HOOK_URL]: receiver.url });
  });

  afterAll(async () => {
    await clone[Symbol.asyncDispose]();
    await forge[Symbol.asyncDispose]();
    await receiver[Symbol.asyncDispose]();
  });

  it.each(readRecorded('gitea/rest'))('answers $file like the real one', async (recorded) => {
    await unrecorded[recorded.file]?.();
    const { method, path, body } = translation.ours(recorded.request);
    const as = BY_ADMIN.has(recorded.file.replace('.json', '')) ? 'bot' : 'dev';
    const answer = await forge.api(as, `${method} ${path.replace('/api/v1/', '')}`, body);
    const masked = STALE_EXCHANGES.has(recorded.file)
      ? new Set([...MASKED, ...STALE_WHILE_CHECKING])
      : MASKED;
    expect(answer.status).toBe(recorded.status);
    expect(mask(answer.body, masked)).toEqual(mask(translation.ours(recorded.body), masked));
    for (const [name, value] of Object.entries(recorded.headers)) {
      expect(answer.headers.get(name), name).toBe(value);
    }
  });

  it.each(WEBHOOKS)('sends %s like the real one', async (file) => {
    const recorded = readWebhook(file);
    const wanted = translation.ours(recorded.body);
    const type = recorded.headers['X-Gitea-Event-Type'];
    await eventually(() => {
      const sent = receiver.received.find(
        ({ headers, rawBody }) =>
          headers['x-gitea-event-type'] === type && subjectOf(parse(rawBody)) === subjectOf(wanted),
      );
      expect(mask(parse(sent?.rawBody), MASKED_IN_WEBHOOKS)).toEqual(
        mask(wanted, MASKED_IN_WEBHOOKS),
      );
      expect(nameHeaders(sent)).toEqual(expect.arrayContaining(nameHeaders(recorded)));
      expect(sent?.headers['x-gitea-event']).toBe(recorded.headers['X-Gitea-Event']);
    });
  });

  it('signs the raw body and indents it by two spaces', () => {
    expect(receiver.received.length).toBeGreaterThan(0);
    for (const { headers, rawBody } of receiver.received) {
      const signature = createHmac('sha256', 's3cret').update(rawBody).digest('hex');
      expect(headers['x-gitea-signature']).toBe(signature);
      expect(headers['x-hub-signature-256']).toBe(`sha256=${signature}`);
      expect(rawBody.toString()).toMatch(/^\{\n {2}"/);
    }
  });

  it('sends only a push for a force-push of a pull request', () => {
    const after = translation.ours(COMMITS.listCaughtUp);
    const told = receiver.received.filter(({ rawBody }) => rawBody.includes(after));
    const types = told.map(({ headers }) => headers['x-gitea-event-type']);
    expect(types).toContain('push');
    expect(types).not.toContain('pull_request_sync');
  });
});
