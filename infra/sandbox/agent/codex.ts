/**
 * The scripted agent as Codex: `codex exec --json` and its stream, played from the same scenarios.
 * SIGTERM ends it without a word, as it ends the real one.
 */
import { randomUUID } from 'node:crypto';
import { existsSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { text as readText } from 'node:stream/consumers';
import { parseCodexFlags, UsageError, type CodexFlags } from './codex/flags.ts';
import { CodexStream, type CodexEvent } from './codex/stream.ts';
import { perform } from './perform.ts';
import { findNewestSession } from './session.ts';
import type { Front } from './stream.ts';

const VERSION = 'codex-cli 0.169.0 (scripted)';
const EXIT_USAGE = 2;

// A dead reader ends the agent like any other command in a pipe.
process.stdout.on('error', () => process.exit(1));

function isInRepository(folder: string): boolean {
  if (existsSync(join(folder, '.git'))) return true;
  return dirname(folder) !== folder && isInRepository(dirname(folder));
}

function chooseSession(flags: CodexFlags, folder: string | null): string | null {
  if (flags.resume !== 'last') return flags.resume?.id ?? null;
  const newest = folder === null ? null : findNewestSession(folder);
  if (newest === null) throw new Error('no session to resume');
  return newest;
}

function frontOf(flags: CodexFlags, prompt: string): { front: Front; lastMessage: () => string } {
  const home = process.env['CODEX_HOME'];
  const sessionFolder = flags.ephemeral || home === undefined ? null : home;
  const resume = chooseSession(flags, sessionFolder);
  const now = new Date().toISOString();
  const day = now.slice(0, 10).replaceAll('-', '/');
  const time = now.slice(0, 19).replaceAll(':', '-');
  const emit = (event: CodexEvent) => {
    if (flags.json) process.stdout.write(`${JSON.stringify(event)}\n`);
  };
  let stream: CodexStream | null = null;
  const front: Front = {
    prompt,
    model: flags.model,
    mayWrite: flags.mayWrite,
    sessionFolder,
    nameTranscript: (id) => `sessions/${day}/rollout-${time}-${id}.jsonl`,
    sessionId: resume ?? randomUUID(),
    resume,
    unknownSession: (id) =>
      `thread/resume: thread/resume failed: no rollout found for thread id ${id}`,
    maxTurns: null,
    createStream: (start) => (stream = new CodexStream(start, emit)),
  };
  return { front, lastMessage: () => stream?.lastMessage ?? '' };
}

async function main(): Promise<void> {
  const args = process.argv.slice(2);
  if (args[0] === '--version' || args[0] === '-V') {
    console.log(VERSION);
    return;
  }
  const flags = parseCodexFlags(args);
  if (flags.directory !== null) process.chdir(flags.directory);
  if (!flags.skipGitRepoCheck && !isInRepository(process.cwd())) {
    throw new Error('Not inside a trusted directory and --skip-git-repo-check was not specified.');
  }
  if (flags.prompt === null) console.error('Reading prompt from stdin...');
  const prompt = flags.prompt ?? (await readText(process.stdin));
  if (prompt.trim() === '') throw new Error('No prompt provided via stdin.');
  const { front, lastMessage } = frontOf(flags, prompt);
  await perform(front, () => {
    if (flags.lastMessageFile !== null) writeFileSync(flags.lastMessageFile, lastMessage());
    if (!flags.json) console.log(lastMessage());
  });
}

try {
  await main();
} catch (error) {
  const usage = error instanceof UsageError;
  const message = error instanceof Error ? error.message : String(error);
  console.error(usage ? message : `Error: ${message}`);
  process.exitCode = usage ? EXIT_USAGE : 1;
}
