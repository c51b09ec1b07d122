import { spawn } from 'node:child_process';

const TOLD_EVERY_MS = 5_000;
const KEPT_EACH_SIDE = 2_000;

const running = new Set();

/** Ends the commands still running, as one does before exiting on a signal. */
export function endCommands() {
  for (const child of running) child.kill('SIGTERM');
}

function say(text) {
  process.stderr.write(`setup: ${text}\n`);
}

function formatElapsed(startedAt) {
  const seconds = Math.round((Date.now() - startedAt) / 1000);
  return seconds < 60 ? `${seconds}s` : `${Math.floor(seconds / 60)}m ${seconds % 60}s`;
}

/** Says `title` now and with the elapsed time every few seconds until the function it returns is called. */
export function announce(title) {
  const startedAt = Date.now();
  say(title);
  const timer = setInterval(() => say(`${title}: ${formatElapsed(startedAt)}`), TOLD_EVERY_MS);
  return (ending = 'done') => {
    clearInterval(timer);
    say(`${title}: ${ending} after ${formatElapsed(startedAt)}`);
  };
}

// npm says what is wrong first, a compiler last.
function shorten(text) {
  if (text.length <= 2 * KEPT_EACH_SIDE) return text;
  return `${text.slice(0, KEPT_EACH_SIDE)}\n...\n${text.slice(-KEPT_EACH_SIDE)}`;
}

/** Runs a command to its end: {ok, output}, output being both ends of stdout and stderr. Never throws. */
export function runCommand(command, args, options = {}) {
  return new Promise((resolve) => {
    let output = '';
    const keep = (chunk) => (output = shorten(`${output}${chunk}`));
    const child = spawn(command, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] });
    running.add(child);
    child.on('close', () => running.delete(child));
    child.stdout.on('data', keep);
    child.stderr.on('data', keep);
    child.on('error', (error) => resolve({ ok: false, output: error.message }));
    child.on('close', (code) => resolve({ ok: code === 0, output: output.trim() }));
  });
}

/** Runs a command as a step that is told while it lasts; same answer as `runCommand`. */
export async function runStep(title, { command, args, ...options }) {
  const finish = announce(title);
  const result = await runCommand(command, args, options);
  finish(result.ok ? 'done' : 'failed');
  return result;
}
