/* Where a Temporal CLI comes from. Each source puts it at `target` by rename and answers null, or why it could not. */
import { chmodSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { findGo, goPlatform } from './go-toolchain.mjs';
import { announce, runCommand, runStep } from './run-step.mjs';

const CONNECT_TIMEOUT_MS = 3_000;
const DOWNLOAD_TIMEOUT_MS = 300_000;
const MODULE = join(dirname(fileURLToPath(import.meta.url)), 'temporal-cli');
const COMMAND = 'github.com/temporalio/cli/cmd/temporal';

async function inScratchFolder(target, work) {
  const scratch = mkdtempSync(join(dirname(target), 'incoming-'));
  try {
    return await work(scratch);
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

async function takeIfWanted(candidate, { target, isWanted }) {
  chmodSync(candidate, 0o755);
  if (!(await isWanted(candidate))) return false;
  renameSync(candidate, target);
  return true;
}

function archiveUrl({ version, env }) {
  if (env.ORCH_TEMPORAL_ARCHIVE_URL) return new URL(env.ORCH_TEMPORAL_ARCHIVE_URL);
  const { os, arch } = goPlatform();
  const query = `platform=${os}&arch=${arch}`;
  return new URL(`https://temporal.download/cli/archive/v${version}?${query}`);
}

function canConnect({ hostname, port, protocol }) {
  return new Promise((resolve) => {
    const socket = connect(Number(port) || (protocol === 'https:' ? 443 : 80), hostname);
    const answer = (reachable) => {
      socket.destroy();
      resolve(reachable);
    };
    socket.setTimeout(CONNECT_TIMEOUT_MS, () => answer(false));
    socket.on('connect', () => answer(true));
    socket.on('error', () => answer(false));
  });
}

async function fetchArchive(url, file) {
  const response = await fetch(url, { signal: AbortSignal.timeout(DOWNLOAD_TIMEOUT_MS) });
  if (!response.ok) throw new Error(`answered ${response.status}`);
  writeFileSync(file, Buffer.from(await response.arrayBuffer()));
}

/** Downloads the official archive, or the mirror of ORCH_TEMPORAL_ARCHIVE_URL. */
export async function downloadTemporalCli(request) {
  const url = archiveUrl(request);
  if (!(await canConnect(url))) return `download: ${url.host} cannot be reached from here`;
  return inScratchFolder(request.target, async (scratch) => {
    const finish = announce(`downloading the Temporal CLI from ${url.host}`);
    try {
      const archive = join(scratch, 'archive.tar.gz');
      await fetchArchive(url, archive);
      const unpacked = await runCommand('tar', ['-xzf', archive, '-C', scratch, 'temporal']);
      if (!unpacked.ok) throw new Error(`not an archive with the CLI in it: ${unpacked.output}`);
      if (!(await takeIfWanted(join(scratch, 'temporal'), request))) {
        throw new Error(`not version ${request.version}`);
      }
      finish();
      return null;
    } catch (error) {
      finish('failed');
      return `download: ${url.host}: ${error.cause?.message ?? error.message}`;
    }
  });
}

/** Builds the CLI from the pinned wrapper module beside this file, every module checked against its go.sum. */
export async function buildTemporalCli(request) {
  const { go, env, refusal } = await findGo(request.env);
  if (refusal) return refusal;
  return inScratchFolder(request.target, async (scratch) => {
    const built = join(scratch, 'temporal');
    const version = `-X github.com/temporalio/cli/internal/temporalcli.Version=${request.version}`;
    const flags = ['-mod=readonly', '-buildvcs=false', '-ldflags', `-s -w ${version}`];
    const { ok, output } = await runStep(
      'building the Temporal CLI from source, about 7 minutes, once per machine',
      { command: go, args: ['build', ...flags, '-o', built, COMMAND], cwd: MODULE, env },
    );
    if (!ok) return `build: go build failed\n${output}`;
    return (await takeIfWanted(built, request)) ? null : `build: not version ${request.version}`;
  });
}
