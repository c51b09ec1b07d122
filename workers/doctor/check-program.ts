import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { execa } from 'execa';
import { ok, problem, warning } from './finding.ts';
import type { Finding } from './finding.ts';

/** A program that will be run, and what it must be. */
export interface WantedProgram {
  check: string;
  /** argv prefix; the first word is searched on `path` unless it is a path */
  command: readonly string[];
  path: string;
  /** what makes it say its version; null = it cannot, being there is enough */
  versionArgs: readonly string[] | null;
  /** oldest version that will do, null = any */
  minimum: string | null;
  fix: string;
}

const VERSION_MS = 15_000;

/** Whether the program is there, runs and is new enough. Its environment is a bare one, as at work. */
export async function checkProgram(wanted: WantedProgram): Promise<Finding> {
  const { check, command, path, versionArgs, minimum, fix } = wanted;
  const [name = '', ...args] = command;
  const found = findProgram(name, path);
  if (found === null) return problem(check, `${name} is not on PATH`, fix);
  if (versionArgs === null) return ok(check, found);
  const said = await askVersion([found, ...args, ...versionArgs], path);
  if (said.kind === 'failed') return problem(check, `${found}: ${said.reason}`, fix);
  const text = `${said.line} (${found})`;
  if (minimum === null) return ok(check, text);
  const version = /\d+(?:\.\d+)+/.exec(said.line)?.[0];
  if (version === undefined) return warning(check, `${text}: its version is not known`, fix);
  return isOlder(version, minimum)
    ? problem(check, `${text} is too old: ${minimum} is needed`, fix)
    : ok(check, text);
}

/** The program as it will be found, null = nowhere. */
export function findProgram(name: string, path: string): string | null {
  const candidates = name.includes('/')
    ? [name]
    : path
        .split(delimiter)
        .filter(Boolean)
        .map((folder) => join(folder, name));
  return candidates.find(isExecutable) ?? null;
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
}

type Said = { kind: 'said'; line: string } | { kind: 'failed'; reason: string };

async function askVersion(argv: readonly string[], path: string): Promise<Said> {
  const [file = '', ...args] = argv;
  const asked = args.join(' ');
  const answer = await execa(file, args, {
    ...{ env: { PATH: path, HOME: '/nonexistent', LANG: 'C.UTF-8' }, extendEnv: false },
    ...{ reject: false, timeout: VERSION_MS, stdin: 'ignore', maxBuffer: 100_000 },
  });
  if (answer.timedOut) {
    return { kind: 'failed', reason: `no answer to ${asked} within ${VERSION_MS / 1000} s` };
  }
  const [line = ''] = `${answer.stdout}\n${answer.stderr}`.trim().split('\n');
  if (answer.exitCode === 0) return { kind: 'said', line: line.slice(0, 200) };
  const how = answer.exitCode === undefined ? 'cannot be run' : `exit code ${answer.exitCode}`;
  return {
    kind: 'failed',
    reason: `${asked}: ${how}${line === '' ? '' : `: ${line.slice(0, 200)}`}`,
  };
}

/** Whether dotted version `a` comes before `b`. */
export function isOlder(a: string, b: string): boolean {
  return a.localeCompare(b, 'en', { numeric: true }) < 0 && !a.startsWith(`${b}.`);
}
