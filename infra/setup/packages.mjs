import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { delimiter, join, sep } from 'node:path';
import { cacheFolder } from './cache-folder.mjs';
import { runStep } from './run-step.mjs';
import { SetupProblem } from './setup-problem.mjs';
import { withLock } from './with-lock.mjs';

function readPackages(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8')).packages;
  } catch {
    return null;
  }
}

// What is optional is left out on the platforms it is not for.
const isNeeded = ({ optional, devOptional }) => !optional && !devOptional;

/**
 * Whether node_modules holds what package-lock.json names. npm's own record of a finished install is compared,
 * so whoever ran `npm install` by hand is not made to wait again, and an interrupted install never counts.
 */
function packagesAreInLine(root) {
  const wanted = readPackages(join(root, 'package-lock.json'));
  const installed = readPackages(join(root, 'node_modules', '.package-lock.json'));
  if (wanted === null) throw new SetupProblem('package-lock.json is missing or broken');
  if (installed === null || !existsSync(join(root, 'node_modules', '.bin', 'node'))) return false;

  const same = (path) => installed[path]?.version === wanted[path]?.version;
  const needed = Object.keys(wanted).filter((path) => path !== '' && isNeeded(wanted[path]));
  return needed.every(same) && Object.keys(installed).every(same);
}

function installEnvironment(env) {
  // The Node in node_modules/.bin disappears while npm replaces the folder: npm has to run on the machine's own.
  const ours = `${sep}node_modules${sep}.bin`;
  const path = (env.PATH ?? '').split(delimiter).filter((folder) => !folder.endsWith(ours));
  const installing = { ...env, PATH: path.join(delimiter) };
  delete installing.NODE;
  delete installing.npm_node_execpath;
  return installing;
}

/** Runs `npm ci` when node_modules and package-lock.json differ. Safe to run twice at once. */
export async function bringPackagesInLine(root, env) {
  if (packagesAreInLine(root)) return;
  const name = createHash('sha256').update(root).digest('hex').slice(0, 16);
  await withLock(join(cacheFolder(env), 'locks', `packages-${name}`), async () => {
    if (packagesAreInLine(root)) return;
    const flags = ['--include=dev', '--ignore-scripts=false', '--no-audit', '--no-fund'];
    const { ok, output } = await runStep('installing packages (npm ci), a minute or two', {
      command: 'npm',
      args: ['ci', ...flags, '--loglevel=error'],
      cwd: root,
      env: installEnvironment(env),
    });
    if (!ok || !packagesAreInLine(root)) {
      throw new SetupProblem(`npm ci failed in ${root}\n${output}`);
    }
  });
}
