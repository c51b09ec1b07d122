import type { RepoSlug } from '../../workflows/domain/ids.ts';
import type { Project } from '../../workflows/domain/project.ts';
import { defaultPolicy } from './task-at.ts';

/** The sample project as the registry holds it; `board` is where it lives on the board. */
export function notesProject(
  board: Project['board'] = { workspace: 'acme', projectId: 'p1' },
  changes: Partial<Project> = {},
): Project {
  return {
    key: 'notes',
    name: 'Notes',
    prefix: 'NOTE',
    repo: 'acme/notes' as RepoSlug,
    board,
    approverIds: [],
    statusAliases: {},
    labels: defaultPolicy.labels,
    commands: {
      test: ['true'],
      build: ['true'],
      buildOutput: 'dist',
      start: ['true'],
      suite: null,
    },
    targets: {},
    sandbox: { hosts: [] },
    policy: defaultPolicy,
    ...changes,
  };
}
