/*
 * Brings a fresh checkout to the point where the npm scripts can run. Plain JavaScript for the machine's own
 * Node (18 or newer) and without dependencies, because it runs before there are any.
 *
 *   node infra/setup/main.mjs                   packages and Temporal CLI; every npm script runs it first
 *   node infra/setup/main.mjs --print-temporal  Temporal CLI only; prints its path on stdout
 *
 * The path found is also written to node_modules/.cache/orchestrator/temporal-cli-path: that file, or
 * TEMPORAL_CLI_PATH, is how the processes of the app learn it without importing anything from here.
 * Silent when there is nothing to do; otherwise it tells on stderr what it does and for how long.
 *
 *   TEMPORAL_CLI_PATH          use this executable
 *   ORCH_CACHE_DIR             where a downloaded or built CLI is kept (else the XDG cache)
 *   ORCH_TEMPORAL_ARCHIVE_URL  download this archive instead of the official one (a mirror)
 *   ORCH_SETUP_OFFLINE=1       neither download nor build the CLI
 */
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { checkMachine } from './check-machine.mjs';
import { bringPackagesInLine } from './packages.mjs';
import { endCommands } from './run-step.mjs';
import { SetupProblem } from './setup-problem.mjs';
import { obtainTemporalCli } from './temporal-cli.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');

function recordTemporalCli(path) {
  const record = join(root, 'node_modules', '.cache', 'orchestrator', 'temporal-cli-path');
  try {
    if (readFileSync(record, 'utf8').trim() === path) return;
  } catch {
    // First run: there is no record yet.
  }
  mkdirSync(dirname(record), { recursive: true });
  writeFileSync(`${record}.${process.pid}`, `${path}\n`);
  renameSync(`${record}.${process.pid}`, record);
}

async function main() {
  checkMachine();
  if (process.argv.includes('--print-temporal')) {
    console.log(await obtainTemporalCli(process.env));
    return;
  }
  await bringPackagesInLine(root, process.env);
  recordTemporalCli(await obtainTemporalCli(process.env));
}

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
  process.once(signal, () => {
    endCommands();
    process.exit(1);
  });
}

main().catch((problem) => {
  console.error(problem instanceof SetupProblem ? `setup: ${problem.message}` : problem);
  process.exitCode = 1;
});
