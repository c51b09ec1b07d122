import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { SetupProblem } from './setup-problem.mjs';

const TOOLS = {
  git: 'git',
  bash: 'bash',
  flock: 'util-linux',
  setpriv: 'util-linux',
  tar: 'tar',
};

/** The first executable called `name` in the folders of `searchPath`, or null. */
export function findOnPath(name, searchPath = process.env.PATH ?? '') {
  for (const folder of searchPath.split(delimiter).filter(Boolean)) {
    try {
      accessSync(join(folder, name), constants.X_OK);
      return join(folder, name);
    } catch {
      // Not in this folder.
    }
  }
  return null;
}

/** Throws one SetupProblem that names everything missing on this machine and the packages that bring it. */
export function checkMachine() {
  const problems = [];
  const [major] = process.versions.node.split('.');
  if (Number(major) < 18) problems.push(`Node ${process.versions.node} is too old: 18 is needed`);

  const missing = Object.keys(TOOLS).filter((tool) => findOnPath(tool) === null);
  if (missing.length > 0) {
    const packages = [...new Set(missing.map((tool) => TOOLS[tool]))].join(' ');
    problems.push(`missing: ${missing.join(', ')} (Debian, Ubuntu: apt-get install ${packages})`);
  }
  if (problems.length > 0) throw new SetupProblem(problems.join('\n       '));
}
