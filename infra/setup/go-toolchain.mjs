import { chmodSync, readdirSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { findOnPath } from './check-machine.mjs';
import { runCommand, runStep } from './run-step.mjs';

const TOOLCHAIN = 'golang.org/toolchain@v0.0.1-go1.26.4';
/** From this release on, Go fetches the toolchain a module asks for by itself; an older one has to be told. */
const FIRST_SELF_UPDATING_MINOR = 21;
const FIRST_WITH_MODULES_MINOR = 14;

/** This machine's {os, arch} as Go names them. */
export function goPlatform() {
  const arch = { x64: 'amd64' }[process.arch] ?? process.arch;
  return { os: process.platform, arch };
}

function makeExecutable(folder) {
  for (const name of readdirSync(folder)) chmodSync(join(folder, name), 0o755);
}

async function fetchToolchain(go, env) {
  const { os, arch } = goPlatform();
  const { ok, output } = await runStep(`downloading a newer Go through ${go}`, {
    command: go,
    args: ['mod', 'download', '-json', `${TOOLCHAIN}.${os}-${arch}`],
    cwd: tmpdir(),
    env,
  });
  const folder = /"Dir": "(.+)"/.exec(output)?.[1];
  if (!ok || !folder) return { refusal: `build: ${go} is too old to build it\n${output}` };
  // A module is unpacked without execute bits.
  makeExecutable(join(folder, 'bin'));
  makeExecutable(join(folder, 'pkg', 'tool', `${os}_${arch}`));
  return { go: join(folder, 'bin', 'go'), env: { ...env, GOROOT: folder, GOTOOLCHAIN: 'local' } };
}

/** A Go that can build the pinned module, as {go, env}, or {refusal}. Any Go since 2020 leads to one. */
export async function findGo(callerEnv) {
  const env = { ...callerEnv, HOME: callerEnv.HOME || homedir(), CGO_ENABLED: '0' };
  const go = findOnPath('go', `${env.PATH ?? ''}:/usr/local/go/bin`);
  if (go === null) return { refusal: 'build: Go is not installed' };
  const { output } = await runCommand(go, ['env', 'GOVERSION'], { env });
  const minor = Number(/^go1\.(\d+)/m.exec(output)?.[1] ?? 0);
  if (minor >= FIRST_SELF_UPDATING_MINOR) return { go, env };
  if (minor >= FIRST_WITH_MODULES_MINOR) return fetchToolchain(go, env);
  return { refusal: `build: ${go} is too old (${output || 'unknown version'})` };
}
