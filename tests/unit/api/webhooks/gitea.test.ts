import { describe, expect, it } from 'vitest';
import type { Hint } from '../../../../api/hint.ts';
import { translateGitea } from '../../../../api/webhooks/gitea.ts';
import { readDelivery } from '../recorded-delivery.ts';
import { NOTES } from '../sample-projects.ts';

const world = { projects: [NOTES], botLogins: [] as readonly string[] };
const FORGE: Hint = { kind: 'forge', id: 'NT-1' as never };
const STATUS: Hint = {
  kind: 'status',
  repo: NOTES.repo,
  sha: 'e1fe632b2e2a069c4b9480b31304dae963f012af' as never,
};

function translateRecorded(name: string) {
  const { headers, body } = readDelivery('gitea', name);
  return translateGitea(headers['X-Gitea-Event'] ?? '', body, world);
}

describe('deliveries a live forge made', () => {
  it.each<[string, Hint]>([
    ['push', FORGE],
    ['pull_request-opened', FORGE],
    ['pull_request-closed', FORGE],
    ['pull_request_sync-synchronized', FORGE],
    ['pull_request_comment-created', FORGE],
    ['pull_request_review_approved-reviewed', FORGE],
    ['pull_request_review_rejected-reviewed', FORGE],
    ['status-pending', STATUS],
    ['status-success', STATUS],
    ['status-failure', STATUS],
  ])('%s is a hint', (name, hint) => {
    expect(translateRecorded(name)).toEqual({ kind: 'hint', hint });
  });

  it.each(['create-branch', 'delete-branch'])('%s repeats what the push says', (name) => {
    expect(translateRecorded(name)).toMatchObject({ kind: 'ignored', reason: 'irrelevant' });
  });
});

const push = (ref: string, more: object = {}) => ({
  ref,
  repository: { full_name: 'dev/notes2654' },
  sender: { login: 'anna' },
  ...more,
});

describe('what a forge delivery means', () => {
  it.each([
    ['refs/heads/feature/NT-12-add-list', 'NT-12'],
    ['refs/heads/feature/NT-12', 'NT-12'],
    ['refs/heads/feature/NT-12-add-list-g2', 'NT-12'],
  ])('%s belongs to its task', (ref, id) => {
    expect(translateGitea('push', push(ref), world)).toEqual({
      kind: 'hint',
      hint: { kind: 'forge', id },
    });
  });

  it.each([
    'refs/heads/main',
    'refs/heads/feature/NT-012-x',
    'refs/heads/feature/NT-12x',
    'refs/heads/feature/OTHER-12-x',
    'refs/heads/my/feature/NT-12-x',
    'refs/orch/work/NT-12',
    'refs/tags/feature/NT-12-x',
  ])('ET-006: %s belongs to no task', (ref) => {
    expect(translateGitea('push', push(ref), world)).toMatchObject({ reason: 'irrelevant' });
  });

  it('our own push is an echo, but a status of our own user is CI speaking', () => {
    const ours = { ...world, botLogins: ['anna'] };
    const ref = 'refs/heads/feature/NT-1-x';
    expect(translateGitea('push', push(ref), ours)).toMatchObject({ reason: 'echo' });
    const status = push(ref, { sha: 'a'.repeat(40) });
    expect(translateGitea('status', status, ours)).toMatchObject({ kind: 'hint' });
  });

  it('I16: a repository we do not know is ignored whatever the event', () => {
    const elsewhere = push('refs/heads/feature/NT-1-x', { repository: { full_name: 'dev/other' } });
    for (const event of ['push', 'status', 'pull_request', 'unheard-of']) {
      expect(translateGitea(event, elsewhere, world)).toMatchObject({ reason: 'unknown-project' });
    }
  });

  it('finds the repository whatever its letter case', () => {
    const shouted = push('refs/heads/feature/NT-1-x', {
      repository: { full_name: 'Dev/Notes2654' },
    });
    expect(translateGitea('push', shouted, world)).toMatchObject({ kind: 'hint' });
  });

  it('throws on a payload without the parts it uses', () => {
    expect(() => translateGitea('push', {}, world)).toThrow();
    expect(() => translateGitea('pull_request', push('x'), world)).toThrow();
    expect(() => translateGitea('status', push('x', { sha: 'HEAD' }), world)).toThrow('git object');
  });
});
