import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { readProjectsOrWarn } from '../../../workers/registry.ts';

it('a command that does without the projects goes on, and warns of the mistake', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'orch-registry-'));
  const projectsFile = join(folder, 'projects.yaml');
  await writeFile(projectsFile, 'projects: 3\n');
  const said: string[] = [];
  const stderr = { write: (line: string) => said.push(line) > 0 };
  expect(readProjectsOrWarn({ projectsFile, profile: 'test' }, stderr)).toEqual([]);
  expect(said.join('')).toMatch(/^warning: .*projects\.yaml/);
  await rm(folder, { recursive: true });
});
