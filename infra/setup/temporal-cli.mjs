import { existsSync, readdirSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { cacheFolder } from './cache-folder.mjs';
import { findOnPath } from './check-machine.mjs';
import { runCommand } from './run-step.mjs';
import { SetupProblem } from './setup-problem.mjs';
import { buildTemporalCli, downloadTemporalCli } from './temporal-sources.mjs';
import { withLock } from './with-lock.mjs';

const TEMPORAL_CLI_VERSION = '1.8.2';

const WAYS = `The Temporal CLI ${TEMPORAL_CLI_VERSION} can come three ways:
  1. install it and set TEMPORAL_CLI_PATH, or put it on PATH (https://docs.temporal.io/cli/setup-cli)
  2. let this program download it: the host has to reach temporal.download
  3. let this program build it: install Go (https://go.dev/dl/, or Debian, Ubuntu: apt-get install golang-go);
     the host has to reach a Go module proxy`;

async function readVersion(path) {
  const { ok, output } = await runCommand(path, ['--version']);
  const version = /^temporal version (\S+)/m.exec(output)?.[1];
  return ok && version !== undefined ? version : 'no Temporal CLI';
}

async function isWanted(path) {
  return (await readVersion(path)) === TEMPORAL_CLI_VERSION;
}

// Called with the lock held, so what is incoming is of a run that was killed.
function removeLeftovers(folder) {
  for (const name of readdirSync(folder).filter((entry) => entry.startsWith('incoming-'))) {
    rmSync(join(folder, name), { recursive: true, force: true });
  }
}

async function obtainInto(cached, env) {
  removeLeftovers(dirname(cached));
  const tried = [];
  for (const source of [downloadTemporalCli, buildTemporalCli]) {
    const refusal = await source({ target: cached, version: TEMPORAL_CLI_VERSION, env, isWanted });
    if (refusal === null) return cached;
    tried.push(refusal);
  }
  throw new SetupProblem(`${tried.join('\n       ')}\n\n${WAYS}`);
}

/**
 * The path of a Temporal CLI of the pinned version: TEMPORAL_CLI_PATH, PATH, the cache, download, Go build.
 * Throws a SetupProblem that names the ways out. A TEMPORAL_CLI_PATH that does not fit is an error, not a fallback.
 */
export async function obtainTemporalCli(env) {
  const named = env.TEMPORAL_CLI_PATH;
  if (named) {
    const version = await readVersion(named);
    if (version === TEMPORAL_CLI_VERSION) return named;
    throw new SetupProblem(
      `TEMPORAL_CLI_PATH=${named} is ${version}, needed is ${TEMPORAL_CLI_VERSION}`,
    );
  }
  const onPath = findOnPath('temporal', env.PATH);
  if (onPath !== null && (await isWanted(onPath))) return onPath;

  const folder = join(cacheFolder(env), 'temporal-cli', TEMPORAL_CLI_VERSION);
  const cached = join(folder, 'temporal');
  const useCached = async () => existsSync(cached) && (await isWanted(cached));
  if (await useCached()) return cached;
  if (env.ORCH_SETUP_OFFLINE === '1') {
    throw new SetupProblem(`no Temporal CLI, and ORCH_SETUP_OFFLINE=1\n\n${WAYS}`);
  }
  return withLock(join(folder, 'lock'), async () =>
    (await useCached()) ? cached : obtainInto(cached, env),
  );
}
