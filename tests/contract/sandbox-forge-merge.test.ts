import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { cloneRepo, property, startForge } from './forge-session.ts';
import type { Answer, Clone, ForgeSession } from './forge-session.ts';

describe('merging on the sandbox forge', () => {
  let forge: ForgeSession;
  let clone: Clone;
  let slug: string;
  let repos = 0;

  beforeAll(async () => {
    forge = await startForge();
  });

  afterAll(() => forge[Symbol.asyncDispose]());

  beforeEach(async () => {
    repos += 1;
    slug = `dev/merge-${repos}`;
    await forge.control('pace', { checkMs: 0, mergeMs: 0 });
    await forge.api('dev', 'POST user/repos', { name: `merge-${repos}`, auto_init: true });
    clone = await cloneRepo(forge, slug, 'dev');
    return () => clone[Symbol.asyncDispose]();
  });

  /** Pushes a branch with one commit on `from` and opens its pull request. */
  const openPull = async (name: string, { from = 'origin/main', file = `${name}.txt` } = {}) => {
    await clone.git('checkout', '--quiet', '--detach', from);
    const sha = await clone.commit({ [file]: `${name}\n` });
    await clone.push(`HEAD:refs/heads/${name}`);
    const asked = { head: name, base: 'main', title: name };
    const number = Number(
      property(await forge.api('dev', `POST repos/${slug}/pulls`, asked), 'number'),
    );
    return { number, sha };
  };
  const merge = (number: number, form: object = {}, as = 'dev') =>
    forge.api(as, `POST repos/${slug}/pulls/${number}/merge`, { Do: 'fast-forward-only', ...form });
  const messageOf = (answer: Answer) => [answer.status, property(answer, 'message')];
  const logOfMain = async (format: string) => {
    await clone.git('fetch', '--quiet', 'origin');
    return clone.git('log', `--format=${format}`, 'origin/main');
  };

  it('moves main to exactly the sealed commit', async () => {
    const { number, sha } = await openPull('sealed');
    expect((await merge(number, { head_commit_id: sha })).status).toBe(200);
    expect(await clone.git('ls-remote', 'origin', 'refs/heads/main')).toBe(
      `${sha}\trefs/heads/main`,
    );
    expect((await forge.api('dev', `GET repos/${slug}/pulls/${number}/merge`)).status).toBe(204);
    const pull = await forge.api('dev', `GET repos/${slug}/commits/${sha}/pull`);
    expect(property(pull, 'merge_commit_sha')).toBe(sha);
  });

  it('says 405-later while the conflict check runs, a stale head included', async () => {
    const { number } = await openPull('checked');
    await forge.control('pace', { checkMs: 60_000 });
    await clone.commit({ 'more.txt': 'more\n' });
    await clone.push('HEAD:refs/heads/checked');
    const stale = await merge(number, { head_commit_id: '0'.repeat(40) });
    expect(messageOf(stale)).toEqual([405, 'Please try again later']);
    const pull = await forge.api('dev', `GET repos/${slug}/pulls/${number}`);
    expect(property(pull, 'mergeable')).toBe(false);
  });

  it('checks every other pull request again when main moves', async () => {
    const first = await openPull('first');
    const second = await openPull('second');
    await forge.control('pace', { checkMs: 60_000 });
    expect((await merge(first.number)).status).toBe(200);
    expect(messageOf(await merge(second.number))).toEqual([405, 'Please try again later']);
    await forge.control('pace', { checkMs: 0 });
    expect(messageOf(await merge(second.number))).toEqual([500, '']);
  });

  it('tells an administrator why it failed with 500, and nobody else', async () => {
    const first = await openPull('first');
    const second = await openPull('second');
    await merge(first.number);
    expect(messageOf(await merge(second.number))).toEqual([500, '']);
    const [status, message] = messageOf(await merge(second.number, {}, 'bot'));
    expect([status, String(message)]).toEqual([500, expect.stringContaining('fast-forward')]);
  });

  it('lets one of two merges at once win and answers the other with 409', async () => {
    const first = await openPull('first');
    const second = await openPull('second');
    await forge.control('pace', { mergeMs: 1500 });
    const answers = await Promise.all([merge(first.number), merge(second.number)]);
    const [won, lost] = answers.toSorted((a, b) => a.status - b.status) as [Answer, Answer];
    expect([won.status, lost.status]).toEqual([200, 409]);
    expect(String(property(lost, 'message'))).toMatch(
      /^PushRejected with remote message: .*cannot lock ref 'refs\/heads\/main': is at [0-9a-f]{40} but expected [0-9a-f]{40}/,
    );
    expect((await logOfMain('%s')).split('\n')).toHaveLength(2);
  });

  it('answers a conflict like a running check, for ever', async () => {
    const first = await openPull('first', { file: 'same.txt' });
    const second = await openPull('second', { file: 'same.txt' });
    await merge(first.number);
    for (const style of ['merge', 'rebase', 'squash']) {
      const answer = await merge(second.number, { Do: style });
      expect(messageOf(answer)).toEqual([405, 'Please try again later']);
    }
    const pull = await forge.api('dev', `GET repos/${slug}/pulls/${second.number}`);
    expect(property(pull, 'mergeable')).toBe(false);
  });

  it('shows a pull request with nothing ahead as mergeable and never merges it', async () => {
    await clone.push('origin/main:refs/heads/empty');
    const asked = { head: 'empty', base: 'main', title: 'Empty' };
    const pull = await forge.api('dev', `POST repos/${slug}/pulls`, asked);
    expect(property(pull, 'mergeable')).toBe(true);
    const answer = await merge(Number(property(pull, 'number')));
    expect(messageOf(answer)).toEqual([405, 'Please try again later']);
  });

  it.each([
    { style: 'merge', parents: 2, subject: 'Landed' },
    { style: 'squash', parents: 1, subject: 'Landed' },
    { style: 'rebase', parents: 1, subject: 'Change second.txt' },
    { style: 'rebase-merge', parents: 2, subject: 'Landed' },
  ])('merges a moved base in style $style', async ({ style, parents, subject }) => {
    const first = await openPull('first');
    const second = await openPull('second');
    await merge(first.number);
    const answer = await merge(second.number, { Do: style, MergeTitleField: 'Landed' });
    expect(answer.status).toBe(200);
    const [top = ''] = (await logOfMain('%P|%s')).split('\n');
    expect([top.split('|')[0]?.split(' ').length, top.split('|')[1]]).toEqual([parents, subject]);
    const files = await clone.git('ls-tree', '--name-only', 'origin/main');
    expect(files.split('\n')).toEqual(['README.md', 'first.txt', 'second.txt']);
    const pull = await forge.api('dev', `GET repos/${slug}/pulls/${second.number}`);
    expect(property(pull, 'merge_commit_sha')).toBe(await clone.git('rev-parse', 'origin/main'));
  });

  it('refuses manual merges, styles that were switched off, work in progress and readers', async () => {
    const { number } = await openPull('refused');
    expect((await merge(number, { Do: 'manually-merged' })).status).toBe(405);
    await forge.api('dev', `PATCH repos/${slug}`, { allow_squash_merge: false });
    expect((await merge(number, { Do: 'squash' })).status).toBe(405);
    const denied = await merge(number, {}, 'guest');
    expect(messageOf(denied)).toEqual([405, 'User not allowed to merge PR']);
    await forge.api('dev', `PATCH repos/${slug}/pulls/${number}`, { title: 'WIP: not yet' });
    const unfinished = await merge(number);
    expect(messageOf(unfinished)).toEqual([405, 'Work in progress PRs cannot be merged']);
  });

  it('keeps pushes from a protected main and merges once the required status is there', async () => {
    const rule = { rule_name: 'main', enable_push: false, enable_status_check: true };
    const path = `POST repos/${slug}/branch_protections`;
    await forge.api('dev', path, { ...rule, status_check_contexts: ['ci/*'] });
    const { number, sha } = await openPull('guarded');
    await expect(clone.push('HEAD:refs/heads/main')).rejects.toThrow(
      'Not allowed to push to protected branch main',
    );
    const status = `POST repos/${slug}/statuses/${sha}`;
    for (const state of ['pending', 'failure']) {
      await forge.api('dev', status, { state, context: 'ci/test' });
      const answer = await merge(number);
      expect(messageOf(answer)).toEqual([405, 'Not all required status checks successful']);
    }
    await forge.api('dev', status, { state: 'success', context: 'ci/test' });
    expect((await merge(number)).status).toBe(200);
  });

  it('deletes the merged branch when asked to', async () => {
    const { number } = await openPull('gone');
    expect((await merge(number, { delete_branch_after_merge: true })).status).toBe(200);
    expect((await forge.api('dev', `GET repos/${slug}/branches/gone`)).status).toBe(404);
  });
});
