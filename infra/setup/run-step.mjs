import { spawn } from 'node:child_process';

const TOLD_EVERY_MS = 5_000;
const KEPT_OUTPUT = 4_000;

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

/** Runs a command to its end: {ok, output}, output being the last of stdout and stderr. Never throws. */
export function runCommand(command, args, options = {}) {
  return new Promise((resolve) => {
    let output = '';
    const keep = (chunk) => (output = `${output}${chunk}`.slice(-KEPT_OUTPUT));
    const child = spawn(command, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] });
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
