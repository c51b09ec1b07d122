import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createGiteaClient } from '../../activities/clients/gitea/client.ts';
import type { ForgeClient } from '../../activities/clients/gitea/client.ts';
import type { DocumentStore, StoredDocument } from '../../activities/documents.ts';
import { ensurePullRequest } from '../../activities/forge/ensure-pull-request.ts';
import { mergePullRequest } from '../../activities/forge/merge-pull-request.ts';
import { postEvidence } from '../../activities/forge/post-evidence.ts';
import { readCi } from '../../activities/forge/read-ci.ts';
import { readMergeable } from '../../activities/forge/read-mergeable.ts';
import type { RepoSlug, Sha, TaskId } from '../../workflows/domain/ids.ts';
import type { TaskRef } from '../../workflows/domain/task-state.ts';
import { sha, taskRef } from '../world/task-view.ts';
import { cloneRepo, eventually, startForge } from './forge-session.ts';
import type { Clone, ForgeSession } from './forge-session.ts';
import { replayRecorded } from './recorded-server.ts';

const repo = 'acme/notes' as RepoSlug;
const itemUrl = 'http://board.example/NOTE-1';

describe('the Gitea client on the sandbox forge', () => {
  let session: ForgeSession;
  let forge: ForgeClient;
  let clone: Clone;

  beforeAll(async () => {
    session = await startForge({ repos: [{ owner: 'acme', name: 'notes' }] });
    forge = openForge(session.url, 'dev-token');
    clone = await cloneRepo(session, repo, 'dev');
  });

  afterAll(async () => {
    await clone[Symbol.asyncDispose]();
    await session[Symbol.asyncDispose]();
  });

  /** Pushes a branch with one file more than main has. */
  const pushBranch = async (number: number, files: Record<string, string>) => {
    const branch = `feature/NOTE-${number}-x`;
    await clone.git('fetch', '--quiet', 'origin');
    await clone.git('checkout', '--quiet', '-B', branch, 'origin/main');
    const head = (await clone.commit(files)) as Sha;
    await clone.push(`${branch}:${branch}`);
    const task: TaskRef = { ...taskRef(`life${number}.1`), id: `NOTE-${number}` as TaskId, branch };
    return { task, head };
  };
  const fault = (body: object) => session.control('faults', body);

  it('ORCH-082: opens one pull request for the branch, also when the first answer was lost', async () => {
    const { task } = await pushBranch(1, { 'one.txt': '1' });
    await fault({ kind: 'drop-answer', match: { method: 'POST', path: '/pulls$' } });
    const ensure = () => ensurePullRequest(forge, { task, title: 'Health', itemUrl });
    await expect(ensure()).rejects.toThrow('did not answer');
    const first = await ensure();
    expect(await ensure()).toEqual(first);
    expect(
      (await forge.listOpenPulls(repo)).filter((pull) => pull.head.ref === task.branch),
    ).toHaveLength(1);
  });

  it('takes the number of the pull request a 409 names', async () => {
    const { task } = await pushBranch(2, { 'two.txt': '2' });
    const pull = { head: task.branch, base: 'main', title: 't', body: '' };
    const created = await forge.createPull(repo, pull);
    const number = created.kind === 'created' ? created.pull.number : 0;
    expect(await forge.createPull(repo, pull)).toEqual({ kind: 'exists', number });
  });

  it('ORCH-045: hands the log of a failed CI to the developer, once', async () => {
    const { task, head } = await pushBranch(3, { '.ci/run': 'echo "test 7 <broke>"\nexit 1\n' });
    const documents = new MemoryDocuments();
    const read = () => readCi({ forge, documents }, { task, sha: head, iteration: 4 });
    const verdict = await eventually(async () => {
      const answer = await read();
      expect(answer.state).toBe('failure');
      return answer;
    });
    expect(verdict).toMatchObject({ total: 1, failing: ['ci/test'] });
    await read();
    expect([...documents.kept.values()]).toHaveLength(1);
    const report = await documents.read(verdict.mustFixRef?.documentId ?? '');
    expect(report?.body).toContain('    test 7 <broke>');
  });

  it('says none for a sha the forge does not know', async () => {
    const documents = new MemoryDocuments();
    const asked = { task: taskRef('none.1'), sha: sha('a'), iteration: 1 };
    expect(await readCi({ forge, documents }, asked)).toEqual({
      state: 'none',
      total: 0,
      failing: [],
      mustFixRef: null,
    });
  });

  it('combines the statuses of all pages', async () => {
    const { task, head } = await pushBranch(4, { '.ci/run': 'exit 0\n' });
    for (let index = 0; index < 55; index += 1) {
      const state = index === 54 ? 'failure' : 'success';
      const body = { state, context: `check/${String(index).padStart(2, '0')}` };
      await session.api('dev', `POST repos/${repo}/statuses/${head}`, body);
    }
    const documents = new MemoryDocuments();
    const verdict = await readCi({ forge, documents }, { task, sha: head, iteration: 1 });
    expect(verdict.failing).toEqual(['check/54']);
    expect(verdict.total).toBeGreaterThanOrEqual(55);
  });

  it('shows a document under the pull request once, whatever others write', async () => {
    const { task } = await pushBranch(5, { 'five.txt': '5' });
    const { number } = await ensurePullRequest(forge, { task, title: 'Five', itemUrl });
    const marker = `<!-- orch:${task.life}:staging -->`;
    await session.api('bot', `POST repos/${repo}/issues/${number}/comments`, { body: marker });
    const evidence = { repo, number, life: task.life, key: 'staging', body: '# Staging' };
    await postEvidence(forge, evidence);
    await postEvidence(forge, evidence);
    const ours = (await forge.listComments(repo, number)).filter(({ author }) => author === 'dev');
    expect(ours).toEqual([{ author: 'dev', body: `${marker}\n# Staging` }]);
  });

  it('merges exactly the sealed head by fast-forward and refuses another one', async () => {
    const { task, head } = await pushBranch(6, { 'six.txt': '6' });
    const { number } = await ensurePullRequest(forge, { task, title: 'Six', itemUrl });
    await eventually(async () => {
      const pull = await readMergeable(forge, { repo, number, sha: head });
      expect(pull).toEqual({ mergeable: true, merged: false, headSha: head });
    });
    expect(await readMergeable(forge, { repo, number, sha: sha('b') })).toMatchObject({
      mergeable: false,
    });
    expect(await mergePullRequest(forge, { repo, number, sha: sha('b') })).toMatchObject({
      kind: 'later',
    });
    expect(await mergePullRequest(forge, { repo, number, sha: head })).toEqual({ kind: 'merged' });
    await clone.git('fetch', '--quiet', 'origin');
    expect(await clone.git('rev-parse', 'origin/main')).toBe(head);
    expect(await readMergeable(forge, { repo, number, sha: head })).toMatchObject({ merged: true });
  });

  it('takes a lost answer to a merge for later, never for a refusal', async () => {
    const { task, head } = await pushBranch(7, { 'seven.txt': '7' });
    const { number } = await ensurePullRequest(forge, { task, title: 'Seven', itemUrl });
    await fault({ kind: 'drop-answer', match: { method: 'POST', path: '/merge$' } });
    expect(await mergePullRequest(forge, { repo, number, sha: head })).toMatchObject({
      kind: 'later',
    });
  });
});

describe('the Gitea client on recorded answers', () => {
  const replay = async <T>(file: string, ask: (client: ForgeClient) => Promise<T>) => {
    await using server = await replayRecorded(`gitea/rest/${file}`);
    return { answer: await ask(openForge(server.url, 't')), asked: server.asked };
  };
  const merge = (client: ForgeClient) =>
    mergePullRequest(client, { repo, number: 1, sha: sha('a') });

  it.each([
    ['24-merge-bad-style-422.json', 'refused'],
    ['25-merge-stale-head-409.json', 'later'],
    ['26-merge-ok-200.json', 'merged'],
    ['27-merge-while-checking-405.json', 'later'],
    ['31-merge-diverged-500.json', 'later'],
    ['35-merge-closed-404.json', 'refused'],
    ['39-merge-protected-405.json', 'later'],
  ])('reads the merge answer %s as %s', async (file, kind) => {
    const { answer, asked } = await replay(file, merge);
    expect(answer.kind).toBe(kind);
    expect(asked).toEqual([
      {
        line: 'POST /api/v1/repos/acme/notes/pulls/1/merge',
        body: { Do: 'fast-forward-only', head_commit_id: sha('a') },
      },
    ]);
  });

  it.each([
    ['12-combined-status-none.json', []],
    ['15-combined-status-failure.json', ['pending', 'failure']],
    ['16-combined-status-success.json', ['success', 'success']],
  ])('reads the statuses of %s', async (file, states) => {
    const { answer } = await replay(file, (client) => client.readStatuses(repo, sha('a')));
    expect(answer.map((status) => status.state)).toEqual(states);
  });

  it('reads pull requests, open and merged', async () => {
    const open = await replay('10-list-pulls.json', (client) => client.listOpenPulls(repo));
    expect(open.answer).toMatchObject([{ number: 1, isOpen: true, fromFork: false }]);
    const merged = await replay('28-get-pull-merged.json', (client) => client.readPull(repo, 1));
    expect(merged.answer).toMatchObject({ merged: true, isOpen: false });
  });

  it('reads the number in the 409 of an open pull request', async () => {
    const pull = { head: 'h', base: 'main', title: 't', body: '' };
    const file = '07-create-pull-exists-409.json';
    const { answer } = await replay(file, (client) => client.createPull(repo, pull));
    expect(answer).toEqual({ kind: 'exists', number: 1 });
  });

  it('reads who it is and what was said', async () => {
    const { answer: login } = await replay('40-whoami.json', (client) => client.ownLogin());
    expect(login).toMatch(/^\w+$/);
    const { answer } = await replay('23-list-comments.json', (client) =>
      client.listComments(repo, 1),
    );
    expect(answer).toEqual([{ author: 'bot', body: '<!-- orch:key -->hello' }]);
  });
});

describe('a log', () => {
  it('is read from the forge itself only, its end, as text, without our token', async () => {
    const seen: (string | undefined)[] = [];
    const server = createServer((request, response) => {
      seen.push(request.headers.authorization);
      const type = request.url === '/html' ? 'text/html' : 'text/plain; charset=utf-8';
      response.writeHead(200, { 'content-type': type }).end('first\nsecond\nlast\n');
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const forge = openForge(url, 'secret');
    expect(await forge.readLog(`${url}/log`, 1000)).toBe('first\nsecond\nlast\n');
    expect(await forge.readLog(`${url}/log`, 10)).toBe('last\n');
    expect(await forge.readLog(`${url}/html`, 1000)).toBeNull();
    expect(await forge.readLog('http://127.0.0.1:1/log', 1000)).toBeNull();
    expect(await forge.readLog('', 1000)).toBeNull();
    expect(seen).toEqual([undefined, undefined, undefined]);
    server.closeAllConnections();
    server.close();
  });
});

class MemoryDocuments implements DocumentStore {
  readonly kept = new Map<string, StoredDocument>();

  save(document: StoredDocument): Promise<void> {
    if (!this.kept.has(document.id)) this.kept.set(document.id, document);
    return Promise.resolve();
  }

  read(id: string): Promise<StoredDocument | null> {
    return Promise.resolve(this.kept.get(id) ?? null);
  }
}

function openForge(url: string, token: string): ForgeClient {
  return createGiteaClient({ url, token, timeoutMs: 10_000 });
}
