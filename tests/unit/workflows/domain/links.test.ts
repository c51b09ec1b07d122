import { describe, expect, it } from 'vitest';
import { fileLink } from '../../../../workflows/domain/links.ts';
import { toRepoSlug } from '../../../../workflows/domain/ids.ts';
import { sha } from '../../../world/task-view.ts';

const at = {
  self: 'https://orchestrator.example',
  temporalUi: 'https://temporal.example',
  namespace: 'default',
  board: 'https://board.example',
  forge: 'https://forge.example',
  chat: null,
};

describe('the link to a file', () => {
  it('names the commit, as the branch is gone once the work is merged, and escapes the path', () => {
    const repo = toRepoSlug('acme/notes');
    const path = 'docs/a & b/c#1?.md';
    expect(fileLink(at, { repo, commit: sha('a'), path })).toBe(
      `https://forge.example/acme/notes/src/commit/${sha('a')}/docs/a%20%26%20b/c%231%3F.md`,
    );
  });
});
