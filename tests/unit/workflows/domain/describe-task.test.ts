import { describe, expect, it } from 'vitest';
import { describeTask } from '../../../../workflows/domain/describe-task.ts';
import { at, taskAt, waitFor } from '../../../world/task-at.ts';
import { sha } from '../../../world/task-view.ts';

describe('the description of a task', () => {
  it('says stage, track and that it works', () => {
    expect(describeTask(taskAt('development', { returns: 2 }))).toBe(
      [
        '## NOTE-1 Add a health endpoint',
        '**development** (full track), working',
        '',
        '- branch `feature/NOTE-1-health`, returns 2, runs 0',
      ].join('\n'),
    );
  });

  it('names what it waits for, since when and why', () => {
    const text = describeTask(taskAt('deploy', { wait: waitFor('confirmation') }));
    expect(text).toContain(`waiting for **confirmation** since ${at(1)}: waits for confirmation`);
    expect(text).not.toContain('working');
  });

  it('says why it was escalated', () => {
    const text = describeTask(taskAt('review', { escalated: 'returned 3 times' }));
    expect(text.split('\n')).toContain('escalated: returned 3 times');
  });

  it('leads to pull request, seal, build and landed commit once they exist', () => {
    const text = describeTask(
      taskAt('monitoring', {
        pullRequest: { number: 7, url: 'http://127.0.0.1:3300/acme/notes/pulls/7' },
        seal: {
          sha: sha('5'),
          tree: sha('7'),
          codeTree: sha('c'),
          codeIdentity: 'identity',
          baseSha: sha('b'),
        },
        build: { digest: 'sha256:aa', revision: sha('5') },
        landed: { sha: sha('5'), tree: sha('7') },
      }),
    );
    expect(text.split('\n').slice(-4)).toEqual([
      '- pull request [#7](http://127.0.0.1:3300/acme/notes/pulls/7)',
      `- sealed \`${sha('5')}\``,
      '- build `sha256:aa`',
      `- landed \`${sha('5')}\``,
    ]);
  });
});
