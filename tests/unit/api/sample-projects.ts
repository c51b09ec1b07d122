import { parseProjects } from '../../../workers/projects-schema.ts';
import type { Project } from '../../../workflows/domain/project.ts';

/** The project the recordings of real servers are about. */
export const NOTES = projectOf('notes', {
  prefix: 'NT',
  repo: 'dev/notes2654',
  boardId: '6e689e6b-5513-467c-b7a8-c24c8871cae6',
});

/** A project of a registry that says only what is given. */
export function projectOf(
  key: string,
  about: { prefix: string; repo: string; boardId: string; startAlias?: string },
): Project {
  const text = JSON.stringify({
    projects: {
      [key]: {
        name: key,
        prefix: about.prefix,
        repo: about.repo,
        board: { workspace: 'acme', projectId: about.boardId },
        commands: { test: ['make'], build: ['make'], start: ['./run'] },
        statusAliases: about.startAlias === undefined ? {} : { 'To Analyse': [about.startAlias] },
      },
    },
  });
  const [project] = parseProjects(text, 'projects.yaml', 'test').projects;
  if (project === undefined) throw new Error('no project');
  return project;
}
