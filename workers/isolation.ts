import { existsSync, realpathSync, statSync } from 'node:fs';
import { basename, dirname, isAbsolute, relative, resolve, sep } from 'node:path';
import { z } from 'zod';
import type { AgentProgram } from '../activities/clients/agent-adapter.ts';
import { parseTarget } from '../activities/runs/sandbox/allowed-hosts.ts';
import type { Isolation } from '../activities/runs/sandbox/isolation.ts';
import type { ConfigKey } from './config-keys.ts';
import { findProgram } from './doctor/check-program.ts';
import type { EnvReader } from './env-reader.ts';
import { wholeNumber } from './env-reader.ts';
import type { Profile } from './timings.ts';

type Reader = EnvReader<ConfigKey>;

const MEBIBYTE = 1024 ** 2;

/** What is read together with the isolation's own settings. Paths are absolute. */
export interface IsolationContext {
  dataDir: string;
  /** where programs are searched */
  path: string;
  programs: readonly (AgentProgram | undefined)[];
}

/** What every sandbox of this host has in common: settings, and the places of node and of the agents' programs. */
export function readIsolation(reader: Reader, context: IsolationContext): Isolation {
  const memory = reader.tunable('ORCH_SANDBOX_MEMORY_MB', wholeNumber(0, 1_048_576), 0);
  const commands = context.programs.flatMap((program) => (program ? [program.command] : []));
  const named = readFolders(reader, context.dataDir);
  const found = [[process.execPath], ['node'], ...commands].flatMap((command) =>
    command.flatMap((word) => pathsOfProgram(word, context.path)),
  );
  return {
    readable: [...new Set([...named, ...found])].filter((path) => !holds(path, context.dataDir)),
    endpoints: readEndpoints(reader),
    memoryBytes: memory === 0 ? null : memory * MEBIBYTE,
  };
}

/** Whether a runner without bubblewrap may not start. */
export const readSandboxPolicy = (reader: Reader, profile: Profile): boolean =>
  reader.checked(
    'ORCH_REQUIRE_SANDBOX',
    z.enum(['true', 'false']).transform((text) => text === 'true'),
    profile === 'production',
  );

function readFolders(reader: Reader, dataDir: string): string[] {
  return reader.list('ORCH_SANDBOX_READABLE').flatMap((entry) => {
    const path = resolve(entry);
    const problem = !existsSync(path)
      ? 'which is not there'
      : holds(path, dataDir) || holds(dataDir, path)
        ? 'which shares files with the data folder: other tasks would show'
        : null;
    if (problem === null) return [path];
    reader.problems.push(`ORCH_SANDBOX_READABLE names ${entry}, ${problem}`);
    return [];
  });
}

function readEndpoints(reader: Reader): readonly string[] {
  const entries = reader.list('ORCH_AGENT_ENDPOINTS');
  for (const entry of entries.filter((text) => parseTarget(text) === null)) {
    reader.problems.push(`ORCH_AGENT_ENDPOINTS names ${entry}, which is no host:port`);
  }
  return entries;
}

/**
 * What must be readable to run a word of a command: as it is found and as it really is, each the `node_modules` it lies in, else the
 * `bin` folder it lies in, else the file itself. Nothing for words that are no files.
 */
function pathsOfProgram(word: string, path: string): string[] {
  const found = isAbsolute(word) && isFile(word) ? word : findProgram(word, path);
  if (found === null || !isAbsolute(found)) return [];
  return [placeOf(found), placeOf(realpathSync(found))];
}

function isFile(path: string): boolean {
  try {
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

function placeOf(file: string): string {
  const parts = file.split(sep);
  const packages = parts.indexOf('node_modules');
  if (packages > 0) return parts.slice(0, packages + 1).join(sep);
  return basename(dirname(file)) === 'bin' ? dirname(file) : file;
}

/** Whether `path` is `inner` or a folder around it. */
function holds(path: string, inner: string): boolean {
  const way = relative(path, inner);
  return way !== '..' && !way.startsWith(`..${sep}`) && !isAbsolute(way);
}
