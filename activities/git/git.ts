import { execa } from 'execa';
import { ToolError } from '../errors.ts';

/** Who a commit is by; the date is ISO and the same in every attempt, so that the same content is the same commit. */
export interface Signature {
  name: string;
  email: string;
  date: string;
}

/** What one git call works on. Everything is explicit: no configuration of machine, user or agent is read. */
export interface GitCall {
  /** trusted git directory */
  gitDir?: string;
  workTree?: string;
  indexFile?: string;
  cwd?: string;
  /** standard input */
  input?: string | Uint8Array;
  signature?: Signature;
  /** exit codes that are an answer; 0 always is */
  answers?: readonly number[];
  /** true = the call talks to the forge and gets the token */
  remote?: boolean;
  /** takes standard output in pieces instead: it is bytes, or too much to hold */
  onBytes?: (bytes: Buffer) => void;
}

/** Answer of a git call; `stdout` as it came, a last line feed included. */
export interface GitAnswer {
  code: number;
  stdout: string;
  stderr: string;
}

/** Runs git with a hardened environment. Throws ToolError on an exit code that is no answer, and on a time-out. */
export type Git = (args: readonly string[], call?: GitCall) => Promise<GitAnswer>;

/** Where git finds programs, and how it reaches the forge. `authorization` is the value of the HTTP header, null = none. */
export interface GitAccess {
  path: string;
  forgeUrl: string;
  authorization: string | null;
}

const TIMEOUT_MS = 10 * 60_000;
const LARGEST_ANSWER = 64_000_000;

const TRUSTED_SETTINGS: readonly (readonly [string, string])[] = [
  ['core.hooksPath', '/dev/null'],
  ['core.fsmonitor', 'false'],
  ['core.attributesFile', '/dev/null'],
  ['core.excludesFile', '/dev/null'],
  ['core.quotePath', 'false'],
  ['core.filesRefLockTimeout', '5000'],
  ['core.packedRefsTimeout', '5000'],
  ['gc.auto', '0'],
  ['maintenance.auto', 'false'],
  ['fetch.recurseSubmodules', 'false'],
  ['submodule.recurse', 'false'],
  ['diff.ignoreSubmodules', 'all'],
  ['init.defaultBranch', 'main'],
  ['safe.directory', '*'],
  ['advice.detachedHead', 'false'],
  ['commit.gpgSign', 'false'],
];

/** The one way git is called. The token travels in the environment only, never in argv, configuration or the URL. */
export function createGit(access: GitAccess): Git {
  return async (args, call = {}) => {
    const result = await start(access, args, call);
    const { exitCode: code, stdout = '', stderr } = result;
    if (code === undefined || !(code === 0 || call.answers?.includes(code))) {
      throw new ToolError(`git ${args.slice(0, 2).join(' ')} failed: ${lastWords(result)}`);
    }
    return { code, stdout, stderr };
  };
}

function start(access: GitAccess, args: readonly string[], call: GitCall) {
  const { input, onBytes } = call;
  const child = execa('git', [...placeOf(call), ...args], {
    cwd: call.cwd ?? call.workTree ?? call.gitDir ?? '/',
    env: environmentOf(access, call),
    extendEnv: false,
    reject: false,
    stripFinalNewline: false,
    timeout: TIMEOUT_MS,
    maxBuffer: LARGEST_ANSWER,
    buffer: { stdout: onBytes === undefined },
    ...(input === undefined ? { stdin: 'ignore' as const } : { input }),
  });
  if (onBytes !== undefined) child.stdout.on('data', onBytes);
  return child;
}

const placeOf = ({ gitDir, workTree }: GitCall) => [
  ...(gitDir === undefined ? [] : [`--git-dir=${gitDir}`]),
  ...(workTree === undefined ? [] : [`--work-tree=${workTree}`]),
];

const lastWords = (result: Record<'stdout' | 'stderr' | 'shortMessage', string | undefined>) =>
  [result.stderr, result.stdout, result.shortMessage]
    .find((text) => text !== undefined && text.trim() !== '')
    ?.trim()
    .slice(-500) ?? 'it said nothing';

function environmentOf(access: GitAccess, call: GitCall): Record<string, string> {
  const settings = [...TRUSTED_SETTINGS];
  if (call.remote === true && access.authorization !== null) {
    settings.push([
      `http.${access.forgeUrl}/.extraHeader`,
      `Authorization: ${access.authorization}`,
    ]);
  }
  return {
    PATH: access.path,
    LC_ALL: 'C',
    HOME: '/nonexistent',
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_TERMINAL_PROMPT: '0',
    GIT_ASKPASS: '/bin/false',
    GIT_OPTIONAL_LOCKS: '0',
    GIT_EDITOR: 'true',
    GIT_SSH_COMMAND: 'ssh -oBatchMode=yes',
    ...configurationOf(settings),
    ...(call.indexFile !== undefined && { GIT_INDEX_FILE: call.indexFile }),
    ...(call.signature && signatureOf(call.signature)),
  };
}

function configurationOf(settings: readonly (readonly [string, string])[]): Record<string, string> {
  const environment: Record<string, string> = { GIT_CONFIG_COUNT: String(settings.length) };
  for (const [index, [key, value]] of settings.entries()) {
    environment[`GIT_CONFIG_KEY_${index}`] = key;
    environment[`GIT_CONFIG_VALUE_${index}`] = value;
  }
  return environment;
}

function signatureOf({ name, email, date }: Signature): Record<string, string> {
  return {
    GIT_AUTHOR_NAME: name,
    GIT_AUTHOR_EMAIL: email,
    GIT_AUTHOR_DATE: date,
    GIT_COMMITTER_NAME: name,
    GIT_COMMITTER_EMAIL: email,
    GIT_COMMITTER_DATE: date,
  };
}
