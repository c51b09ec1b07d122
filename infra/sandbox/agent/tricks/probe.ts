import { execFile } from 'node:child_process';
import { readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { promisify } from 'node:util';
import { z } from 'zod';

const PATIENCE_MS = 5000;
const SHOWN_CHARACTERS = 300;

/** What is tried: a path or URL is read; an object writes a file, connects to host:port or runs a shell command. */
export const Probe = z.union([
  z.string(),
  z.strictObject({ write: z.string() }),
  z.strictObject({ connect: z.string() }),
  z.strictObject({ run: z.string() }),
]);
export type Probe = z.infer<typeof Probe>;

/** What came of a probe; `detail` is the beginning of what was read, or the reason. */
export interface ProbeReport {
  probe: Probe;
  outcome: 'reached' | 'denied';
  detail: string;
}

const execute = promisify(execFile);

function readPath(path: string): string {
  return statSync(path).isDirectory() ? readdirSync(path).join('\n') : readFileSync(path, 'utf8');
}

async function readUrl(url: string): Promise<string> {
  const response = await fetch(url, { signal: AbortSignal.timeout(PATIENCE_MS) });
  const body = await response.text();
  if (response.status === 403 || response.status === 407) {
    throw new Error(`${response.status} ${body}`);
  }
  return `${response.status} ${body}`;
}

function connectTo(address: string): Promise<string> {
  const { hostname, port } = new URL(`tcp://${address}`);
  return new Promise((resolve, reject) => {
    const socket = connect({ host: hostname.replace(/^\[|\]$/g, ''), port: Number(port) });
    const settle = (act: () => void) => () => {
      socket.destroy();
      act();
    };
    socket.setTimeout(
      PATIENCE_MS,
      settle(() => {
        reject(new Error('no answer'));
      }),
    );
    socket.once('error', (error) => {
      settle(() => {
        reject(error);
      })();
    });
    socket.once(
      'connect',
      settle(() => {
        resolve('connected');
      }),
    );
  });
}

async function runCommand(command: string): Promise<string> {
  const options = { timeout: PATIENCE_MS, killSignal: 'SIGKILL' as const };
  const { stdout, stderr } = await execute('sh', ['-c', command], options);
  return stdout + stderr;
}

async function attempt(probe: Probe): Promise<string> {
  if (typeof probe === 'string') {
    return /^https?:/.test(probe) ? readUrl(probe) : readPath(probe);
  }
  if ('connect' in probe) return connectTo(probe.connect);
  if ('run' in probe) return runCommand(probe.run);
  writeFileSync(probe.write, 'the scripted agent was here\n', { flag: 'a' });
  return 'written';
}

/** The message of an error with that of its cause: fetch says no more than that it failed. */
function explain(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? `${error.message}: ${error.cause.message}` : error.message;
}

/** Tries one thing a hostile agent would try; never throws. */
export async function tryProbe(probe: Probe): Promise<ProbeReport> {
  try {
    const detail = await attempt(probe);
    return { probe, outcome: 'reached', detail: detail.slice(0, SHOWN_CHARACTERS) };
  } catch (error) {
    return { probe, outcome: 'denied', detail: explain(error).slice(0, SHOWN_CHARACTERS) };
  }
}
