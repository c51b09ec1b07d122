import { spawn } from 'node:child_process';
import { buffer, text } from 'node:stream/consumers';

/** What a git command left behind; a null exit code (killed by a signal) is -1. */
export interface GitAnswer {
  code: number;
  stdout: string;
  stderr: string;
}

/** A git command that failed where failure was not an expected answer. */
class GitError extends Error {
  override name = 'GitError';
  readonly answer: GitAnswer;

  constructor(args: readonly string[], answer: GitAnswer) {
    super(`git ${args.join(' ')} exited with ${answer.code}: ${answer.stderr.trim()}`);
    this.answer = answer;
  }
}

/** The whole environment of every git process of the forge: nothing of the machine's git configuration applies. */
export function gitEnvironment(): Record<string, string> {
  return {
    PATH: process.env.PATH ?? '/usr/bin:/bin',
    HOME: '/nonexistent',
    LC_ALL: 'C.UTF-8',
    TZ: 'UTC',
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_TERMINAL_PROMPT: '0',
  };
}

/** Runs git in a directory and answers with its exit code and output; throws only when git cannot be started. */
export async function tryGit(
  directory: string,
  args: readonly string[],
  env: Record<string, string> = {},
): Promise<GitAnswer> {
  const child = spawn('git', ['-c', 'core.quotePath=false', ...args], {
    cwd: directory,
    env: { ...gitEnvironment(), ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const exited = new Promise<number>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => {
      resolve(code ?? -1);
    });
  });
  const [code, stdout, stderr] = await Promise.all([
    exited,
    text(child.stdout),
    text(child.stderr),
  ]);
  return { code, stdout, stderr };
}

/** The bytes of a blob; none when there is no such blob. */
export async function readBlob(directory: string, sha: string): Promise<Buffer> {
  const child = spawn('git', ['cat-file', 'blob', sha], {
    cwd: directory,
    env: gitEnvironment(),
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  return await buffer(child.stdout);
}

/** Runs git in a directory and answers with its output without the final newline; throws GitError on a non-zero exit. */
export async function git(
  directory: string,
  args: readonly string[],
  env: Record<string, string> = {},
): Promise<string> {
  const answer = await tryGit(directory, args, env);
  if (answer.code !== 0) throw new GitError(args, answer);
  return answer.stdout.replace(/\n$/, '');
}
