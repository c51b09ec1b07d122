import { spawn, type ChildProcess } from 'node:child_process';
import { fstatSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import type { ServiceRecord } from '../activities/deploy/service-record.ts';

/*
 * Keeps one deployed service running: started by the deploy driver under flock(1), whose lock comes as descriptor 3 and is
 * handed on to the service, so the lock is free exactly when nothing of it lives any more. Restarts the service when it
 * ends, with a growing pause. SIGTERM stops both. Leads a process group; its own environment is the service's.
 */

const LOCK_FD = 3;
const FIRST_PAUSE_MS = 200;
const LONGEST_PAUSE_MS = 10_000;
const SETTLED_MS = 30_000;
const TERM_GRACE_MS = 5000;

const { values, positionals: command } = parseArgs({
  allowPositionals: true,
  options: {
    lock: { type: 'string' },
    record: { type: 'string' },
    release: { type: 'string' },
    digest: { type: 'string' },
    revision: { type: 'string' },
  },
});
const { lock = '', record = '', release = '', digest = '', revision = '' } = values;

let service: ChildProcess | null = null;
let restarts = 0;
let pauseMs = FIRST_PAUSE_MS;
let timer: NodeJS.Timeout | undefined;
let stopping = false;

function say(text: string): void {
  console.log(`[supervisor ${new Date().toISOString()}] ${text}`);
}

function startTicksOf(pid: number): string {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '';
}

function writeRecord(): void {
  const about: ServiceRecord = {
    pid: process.pid,
    startTicks: startTicksOf(process.pid),
    servicePid: service?.pid ?? null,
    digest,
    revision,
    restarts,
  };
  writeFileSync(`${record}.tmp`, JSON.stringify(about));
  renameSync(`${record}.tmp`, record);
}

function startService(): void {
  const startedAt = Date.now();
  const [file = '', ...args] = command;
  const started = spawn(file, args, { cwd: release, stdio: ['ignore', 1, 2, LOCK_FD] });
  service = started;
  writeRecord();
  let ended = false;
  const whenEnded = (how: string): void => {
    if (ended) return;
    ended = true;
    service = null;
    if (stopping) endGroup();
    if (Date.now() - startedAt > SETTLED_MS) pauseMs = FIRST_PAUSE_MS;
    say(`the service ${how}; it is started again in ${pauseMs} ms`);
    timer = setTimeout(restartService, pauseMs);
    pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS);
  };
  started.once('error', (error) => {
    whenEnded(`cannot be started: ${error.message}`);
  });
  started.once('exit', (code, signal) => {
    whenEnded(signal === null ? `ended with code ${code ?? 'unknown'}` : `ended by ${signal}`);
  });
}

function restartService(): void {
  restarts += 1;
  startService();
}

/** Ends what the service may have left behind in our process group, and with it this program. */
function endGroup(): never {
  process.kill(-process.pid, 'SIGKILL');
  process.exit(0);
}

function stop(): void {
  if (stopping) return;
  stopping = true;
  clearTimeout(timer);
  if (service === null) endGroup();
  else {
    service.kill('SIGTERM');
    setTimeout(() => service?.kill('SIGKILL'), TERM_GRACE_MS);
  }
}

if (fstatSync(LOCK_FD).ino !== statSync(lock).ino) {
  throw new Error(
    `descriptor ${LOCK_FD} is not the lock ${lock}: start this program through flock --no-fork`,
  );
}
for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, stop);
say(`runs ${command.join(' ')} of revision ${revision}`);
startService();
