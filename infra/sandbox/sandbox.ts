import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';

const NAMES = ['forge', 'board', 'chat'] as const;
const KILL_AFTER_MS = 4000;

const children: ChildProcess[] = [];
let ending = false;

const { values: options } = parseArgs({
  options: {
    data: { type: 'string' },
    host: { type: 'string', default: '127.0.0.1' },
    seed: { type: 'string' },
    'forge-port': { type: 'string', default: '3300' },
    'board-port': { type: 'string', default: '3400' },
    'chat-port': { type: 'string', default: '3500' },
    'exit-with-parent': { type: 'boolean', default: false },
  },
});

process.on('SIGTERM', () => void end(0)).on('SIGINT', () => void end(0));
if (options['exit-with-parent']) {
  process.stdin
    .on('end', () => void end(0))
    .on('error', () => void end(0))
    .resume();
}
if (options.data === undefined) {
  process.stderr.write('sandbox: --data DIR is missing\n');
  process.exit(2);
}
const { data } = options;
const urls = await Promise.all(NAMES.map((name) => start(name, data)));
process.stdout.write(`${JSON.stringify(Object.fromEntries(urls))}\n`);

/** Starts one program; resolves with its name and address when it listens, ends the sandbox when it dies. */
async function start(name: (typeof NAMES)[number], dataDir: string): Promise<[string, string]> {
  const args = [
    join(import.meta.dirname, name, 'main.ts'),
    ...['--data', join(dataDir, name), '--host', options.host, '--port', options[`${name}-port`]],
    ...(options.seed === undefined ? [] : ['--seed', options.seed]),
    '--exit-with-parent',
  ];
  // A group of its own: Ctrl-C reaches the launcher only, which then ends its programs in order.
  const child = spawn(process.execPath, args, {
    stdio: ['pipe', 'pipe', 'inherit'],
    detached: true,
  });
  children.push(child);
  child.once('exit', (code) => void end(code === null || code === 0 ? 1 : code));
  const [line] = (await once(createInterface({ input: child.stdout }), 'line')) as [string];
  const { url } = JSON.parse(line) as { url: string };
  return [name, url];
}

/** Ends all programs, then the launcher; the first caller's code counts. */
async function end(code: number): Promise<void> {
  if (ending) return;
  ending = true;
  const alive = children.filter(
    ({ exitCode, signalCode }) => exitCode === null && signalCode === null,
  );
  const killer = setTimeout(() => {
    for (const child of alive) child.kill('SIGKILL');
  }, KILL_AFTER_MS);
  const ended = alive.map((child) => once(child, 'exit'));
  for (const child of alive) child.kill('SIGTERM');
  await Promise.all(ended);
  clearTimeout(killer);
  process.exit(code);
}
