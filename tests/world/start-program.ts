import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';
import { createInterface } from 'node:readline';

const ROOT = resolve(import.meta.dirname, '../..');
const KILL_AFTER_MS = 5000;

/** A program under test that listens; `announcement` is its JSON line, `url` the one in it. Stopping twice is safe. */
export interface StartedProgram extends AsyncDisposable {
  readonly url: string;
  readonly announcement: Readonly<Record<string, unknown>>;
  readonly stop: () => Promise<void>;
}

/** Starts a program of this repository with the running Node and waits for its JSON line; throws with its stderr when it ends before. It ends with the test process. */
export async function startProgram(
  file: string,
  args: readonly string[] = [],
): Promise<StartedProgram> {
  const child = spawn(process.execPath, [resolve(ROOT, file), ...args, '--exit-with-parent'], {
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  let complaints = '';
  child.stderr.on('data', (chunk: Buffer) => {
    complaints += chunk.toString();
  });
  const ended = once(child, 'close');
  const line = await Promise.race([
    once(createInterface({ input: child.stdout }), 'line'),
    ended.then(() => null),
  ]);
  if (line === null) {
    throw new Error(`${file} ended with code ${String(child.exitCode)}: ${complaints.trim()}`);
  }
  const announcement = JSON.parse(String(line[0])) as Record<string, unknown>;
  const stop = async () => {
    if (child.exitCode === null && child.signalCode === null) child.kill('SIGTERM');
    const killer = setTimeout(() => child.kill('SIGKILL'), KILL_AFTER_MS);
    await ended;
    clearTimeout(killer);
  };
  return { url: String(announcement['url']), announcement, stop, [Symbol.asyncDispose]: stop };
}
