import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cloneRepo, eventually, property, startForge } from './forge-session.ts';
import type { Answer, Clone, ForgeSession } from './forge-session.ts';

const SLUG = 'acme/notes';
const REPO = `repos/${SLUG}`;
const PROGRAM = resolve(import.meta.dirname, '../../infra/sandbox/forge/main.ts');

// What the script leaves running is for the runner to end.
const SCRIPT = 'echo "checked with CI=$CI"\nsleep 600 &\necho "left $!"\ntest ! -e broken\n';

async function makeTemplate(script: string): Promise<string> {
  const template = await mkdtemp(join(tmpdir(), 'sandbox-forge-template-'));
  await mkdir(join(template, '.ci'));
  await writeFile(join(template, '.ci/run'), script);
  return template;
}

/** The letter of a process, Z for one that is dead but not waited for, or `gone`. */
async function readProcessState(pid: number): Promise<string> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => ') gone ');
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[0] ?? '';
}

interface StatusRow {
  status: string;
  description: string;
  target_url: string;
}

const rowsOf = (answer: Answer) => answer.body as StatusRow[];

describe('git and CI on the sandbox forge', () => {
  let template: string;
  let forge: ForgeSession;
  let clone: Clone;

  beforeAll(async () => {
    template = await makeTemplate(SCRIPT);
    forge = await startForge({ repos: [{ owner: 'acme', name: 'notes', template }] });
    clone = await cloneRepo(forge, SLUG, 'dev');
  });

  afterAll(async () => {
    await clone[Symbol.asyncDispose]();
    await forge[Symbol.asyncDispose]();
    await rm(template, { recursive: true, force: true });
  });

  const pushNew = async (branch: string, files: Record<string, string> = {}) => {
    await clone.git('checkout', '--quiet', '--detach', 'origin/main');
    const sha = await clone.commit({ [`${branch}.txt`]: branch, ...files });
    await clone.push(`HEAD:refs/heads/${branch}`);
    return sha;
  };
  const statesOf = async (sha: string) =>
    rowsOf(await forge.api(null, `GET ${REPO}/commits/${sha}/statuses`)).map((row) => row.status);
  const untilJudged = (sha: string) =>
    eventually(async () => {
      const answer = await forge.api(null, `GET ${REPO}/commits/${sha}/status`);
      expect(property(answer, 'state')).toMatch(/success|failure/);
      return (property(answer, 'statuses') as [StatusRow])[0];
    });

  it('makes the same first commit from the same template', async () => {
    await using other = await startForge({ repos: [{ owner: 'acme', name: 'notes', template }] });
    const branch = (of: ForgeSession) => of.api(null, `GET ${REPO}/branches/main`);
    const first = property(await branch(forge), 'commit', 'id');
    expect(first).toMatch(/^[0-9a-f]{40}$/);
    expect(property(await branch(other), 'commit', 'id')).toBe(first);
  });

  it('lets anybody read and only writers push', async () => {
    await using visitor = await cloneRepo(forge, SLUG, null);
    await visitor.commit({ 'visit.txt': 'hello\n' });
    await expect(visitor.push('HEAD:refs/heads/visit')).rejects.toThrow(/could not read Username/);
    await visitor.git('remote', 'set-url', 'origin', forge.remote(SLUG, 'guest'));
    await expect(visitor.push('HEAD:refs/heads/visit')).rejects.toThrow('403');
    await visitor.git('remote', 'set-url', 'origin', forge.remote(SLUG, 'stranger'));
    await expect(visitor.push('HEAD:refs/heads/visit')).rejects.toThrow('Authentication failed');
  });

  it('takes refs outside heads and tags and judges no commit for them', async () => {
    const sha = await clone.commit({ 'kept.txt': 'kept\n' });
    await clone.push('HEAD:refs/orch/preserved/NOTE-1');
    const listed = await clone.git('ls-remote', 'origin', 'refs/orch/*');
    expect(listed).toBe(`${sha}\trefs/orch/preserved/NOTE-1`);
    const ref = await forge.api(null, `GET ${REPO}/git/refs/orch/preserved/NOTE-1`);
    expect(property(ref, 'object', 'sha')).toBe(sha);
    expect(await statesOf(sha)).toEqual([]);
  });

  it('takes a push too big for one buffer', async () => {
    await clone.git('config', 'http.postBuffer', '65536');
    const noise = Array.from({ length: 60_000 }, () => Math.random().toString(36)).join('\n');
    const sha = await pushNew('big', { 'big.txt': noise });
    const file = await forge.api(null, `GET ${REPO}/contents/big.txt?ref=${sha}`);
    const content = Buffer.from(String(property(file, 'content')), 'base64').toString();
    expect(content).toBe(noise);
    expect((await forge.api(null, `GET ${REPO}/raw/big.txt?ref=big`)).body).toBe(noise);
  });

  it('closes the pull requests of a branch that is deleted', async () => {
    await pushNew('short-lived');
    const asked = { head: 'short-lived', base: 'main', title: 'Short' };
    const opened = await forge.api('dev', `POST ${REPO}/pulls`, asked);
    await clone.push(':refs/heads/short-lived');
    const path = `GET ${REPO}/pulls/${String(property(opened, 'number'))}`;
    expect(property(await forge.api('dev', path), 'state')).toBe('closed');
  });

  it('posts pending with the push and success with a log, and ends what the script left', async () => {
    await forge.control('ci', { mode: 'hold' });
    const sha = await pushNew('green');
    expect(await statesOf(sha)).toEqual(['pending']);
    await forge.control('ci', { mode: 'run' });
    await forge.control('ci/release', {});
    const { status, target_url: log } = await untilJudged(sha);
    expect(status).toBe('success');
    const page = await forge.page(new URL(log).pathname);
    expect(page).toContain('checked with CI=true');
    const left = Number(/left (\d+)/.exec(page)?.[1]);
    await eventually(async () => {
      expect(await readProcessState(left)).toMatch(/^(gone|Z)$/);
    });
  });

  it('fails a commit whose script fails', async () => {
    const { status, description } = await untilJudged(await pushNew('red', { broken: '' }));
    expect([status, description]).toEqual(['failure', expect.stringContaining('exit code 1')]);
  });

  it('judges a commit once, on whatever branch it appears', async () => {
    const sha = await pushNew('once');
    await untilJudged(sha);
    await clone.push(`${sha}:refs/heads/twice`);
    expect(await statesOf(sha)).toEqual(['success', 'pending']);
  });

  it('fails without running, or stays silent, when told to', async () => {
    await forge.control('ci', { mode: 'fail' });
    expect(await statesOf(await pushNew('failed'))).toEqual(['failure', 'pending']);
    await forge.control('ci', { mode: 'silent' });
    const sha = await pushNew('unheard');
    const combined = await forge.api(null, `GET ${REPO}/commits/${sha}/status`);
    expect([property(combined, 'state'), property(combined, 'statuses')]).toEqual(['', null]);
    await forge.control('ci', { mode: 'run' });
  });

  it('does the merge whose answer is lost', async () => {
    await forge.control('pace', { checkMs: 0 });
    await pushNew('lost');
    const asked = { head: 'lost', base: 'main', title: 'Lost' };
    const opened = await forge.api('dev', `POST ${REPO}/pulls`, asked);
    const pull = `${REPO}/pulls/${String(property(opened, 'number'))}`;
    await forge.control('faults', { kind: 'drop-answer', match: { path: '/merge$' } });
    const form = { Do: 'fast-forward-only' };
    await expect(forge.api('dev', `POST ${pull}/merge`, form)).rejects.toThrow('fetch failed');
    await eventually(async () => {
      expect(property(await forge.api('dev', `GET ${pull}`), 'merged')).toBe(true);
    });
    await clone.git('fetch', '--quiet');
  });

  it('pages lists with the total and links', async () => {
    const first = await forge.api(null, `GET ${REPO}/branches?limit=2`);
    const total = Number(first.headers.get('X-Total-Count'));
    expect([total > 4, (first.body as object[]).length]).toEqual([true, 2]);
    expect(first.headers.get('Link')).toContain('rel="next"');
    const last = await forge.api(null, `GET ${REPO}/branches?limit=1&page=${total}`);
    expect(last.headers.get('Link')).not.toContain('rel="next"');
  });

  it('escapes what people wrote on its pages', async () => {
    await pushNew('script');
    const asked = { head: 'script', base: 'main', title: '<script>alert(1)</script>', body: '<b>' };
    const opened = await forge.api('dev', `POST ${REPO}/pulls`, asked);
    for (const path of ['', `/pulls/${String(property(opened, 'number'))}`]) {
      const page = await forge.page(`/${SLUG}${path}`);
      expect(page).toContain('&lt;script&gt;alert(1)');
      expect(page).not.toContain('<script>alert(1)');
    }
  });

  it('shows files and folders of a branch and of a commit, escaped', async () => {
    const name = 'feature/NOTE-1-files/more';
    const odd = 'a & <b>#?.md';
    await clone.git('checkout', '--quiet', '-B', name, 'origin/main');
    const sha = await clone.commit({ [`docs/x/${odd}`]: '<script>alert(1)</script>\n' });
    await clone.push(`HEAD:refs/heads/${name}`);
    const file = `docs/x/${encodeURIComponent(odd)}`;
    for (const root of [`/${SLUG}/src/branch/${name}`, `/${SLUG}/src/commit/${sha}`]) {
      expect(await forge.page(`${root}/${file}`)).toContain(
        '&lt;script&gt;alert(1)&lt;/script&gt;',
      );
      const folder = await forge.page(`${root}/docs/x/`);
      expect(folder).toContain(`href="${root}/${file}"`);
      expect(await forge.page(root)).toContain(`href="${root}/docs"`);
    }
    await clone.push(`:refs/heads/${name}`);
    const gone = [`branch/${name}/${file}`, `commit/${sha}/docs/none`, 'commit/HEAD/docs'];
    for (const path of gone) {
      expect((await fetch(`${forge.url}/${SLUG}/src/${path}`)).status).toBe(404);
    }
    expect((await fetch(`${forge.url}/${SLUG}/src/commit/${sha}/${file}`)).status).toBe(200);
  });

  it('keeps a hook inactive unless asked and its events only while repeated', async () => {
    const config = { url: 'http://127.0.0.1:9/', content_type: 'json', secret: 's' };
    const asked = { type: 'gitea', config, events: ['push', 'status'] };
    const hook = await forge.api('bot', `POST ${REPO}/hooks`, asked);
    expect(property(hook, 'active')).toBe(false);
    const path = `PATCH ${REPO}/hooks/${String(property(hook, 'id'))}`;
    expect(property(await forge.api('bot', path, { active: true }), 'events')).toEqual(['push']);
    expect((await forge.api('dev', `POST ${REPO}/hooks`, asked)).status).toBe(403);
  });
});

/** The forge of a session as a process that can be killed; the session's own is stopped first. */
async function startKillable(session: ForgeSession) {
  await session.stop();
  const args = [PROGRAM, '--port', '0', '--data', session.dataDir, '--exit-with-parent'];
  const child = spawn(process.execPath, args, { stdio: ['pipe', 'pipe', 'inherit'] });
  const [line] = (await once(createInterface({ input: child.stdout }), 'line')) as [string];
  const { url } = JSON.parse(line) as { url: string };
  const post = async (path: string, body: object) => {
    const headers = { Authorization: 'token dev-token', 'Content-Type': 'application/json' };
    const init = { method: 'POST', headers, body: JSON.stringify(body) };
    return (await fetch(`${url}/api/v1/${REPO}${path}`, init)).status;
  };
  const kill = async () => {
    child.kill('SIGKILL');
    await once(child, 'close');
  };
  return {
    remote: session.remote(SLUG, 'dev').replace(session.url.slice(7), url.slice(7)),
    post,
    kill,
  };
}

describe('a sandbox forge that stops', () => {
  it('runs again after a restart what it was running', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'sandbox-forge-flag-'));
    const flag = join(folder, 'go');
    const template = await makeTemplate(`until test -e ${flag}; do sleep 0.05; done\n`);
    await using first = await startForge({ repos: [{ owner: 'acme', name: 'notes', template }] });
    await using clone = await cloneRepo(first, SLUG, 'dev');
    const sha = await clone.commit({ 'slow.txt': 'slow\n' });
    await clone.push('HEAD:refs/heads/slow');
    await eventually(async () => {
      const state = JSON.parse(await first.page('/_sandbox/state')) as { ciRuns: object[] };
      expect(state.ciRuns).toMatchObject([{ sha, state: 'running' }]);
    });
    await using second = await first.restart();
    await writeFile(flag, '');
    await eventually(async () => {
      const answer = await second.api(null, `GET ${REPO}/commits/${sha}/status`);
      expect(property(answer, 'state')).toBe('success');
    });
    await rm(folder, { recursive: true, force: true });
    await rm(template, { recursive: true, force: true });
  });

  it('keeps every acknowledged write through a kill', async () => {
    await using session = await startForge({ repos: [{ owner: 'acme', name: 'notes' }] });
    await using clone = await cloneRepo(session, SLUG, 'dev');
    const killable = await startKillable(session);
    await clone.git('remote', 'set-url', 'origin', killable.remote);
    const sha = await clone.commit({ 'kept.txt': 'kept\n' });
    await clone.push('HEAD:refs/heads/kept');
    const asked = { head: 'kept', base: 'main', title: 'Kept' };
    expect(await killable.post('/pulls', asked)).toBe(201);
    expect(await killable.post('/issues/1/comments', { body: 'said' })).toBe(201);
    await killable.kill();
    await using again = await session.restart();
    const pull = await again.api('dev', `GET ${REPO}/pulls/1`);
    expect([property(pull, 'head', 'sha'), property(pull, 'comments')]).toEqual([sha, 1]);
  });

  it('finds out after a kill that it had merged, and draws what follows from it', async () => {
    await using session = await startForge({ repos: [{ owner: 'acme', name: 'notes' }] });
    await using clone = await cloneRepo(session, SLUG, 'dev');
    await session.control('pace', { checkMs: 0 });
    const sha = await clone.commit({ 'landed.txt': 'landed\n' });
    await clone.push('HEAD:refs/heads/landed');
    const asked = { head: 'landed', base: 'main', title: 'Landed' };
    await session.api('dev', `POST ${REPO}/pulls`, asked);
    const before = await readFile(join(session.dataDir, 'state.json'), 'utf8');
    const form = { Do: 'fast-forward-only' };
    expect((await session.api('dev', `POST ${REPO}/pulls/1/merge`, form)).status).toBe(200);
    await session.stop();
    const state = JSON.parse(before) as { pulls: [{ landing: object | null; mergeBase: string }] };
    state.pulls[0].landing = { sha, byId: 2, mergeBase: await clone.git('rev-parse', `${sha}~1`) };
    await writeFile(join(session.dataDir, 'state.json'), JSON.stringify(state));
    await using again = await session.restart();
    const pull = await again.api('dev', `GET ${REPO}/pulls/1`);
    expect([property(pull, 'merged'), property(pull, 'merge_commit_sha')]).toEqual([true, sha]);
    expect(property(await again.api('dev', `GET ${REPO}/branches/main`), 'commit', 'id')).toBe(sha);
  });
});
