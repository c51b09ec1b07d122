import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';

/** One run of the setup program: the process, what it said so far, and its end. */
export interface SetupRun {
  child: ChildProcess;
  output(): { stdout: string; stderr: string };
  said(pattern: RegExp): Promise<void>;
  ended: Promise<{ code: number | null; stdout: string; stderr: string }>;
}

const TOOLS = [
  'git',
  'bash',
  'flock',
  'setpriv',
  'tar',
  'gzip',
  'sh',
  'cat',
  'mkdir',
  'mv',
  'tail',
];

function findTool(name: string) {
  const folders = (process.env['PATH'] ?? '').split(delimiter);
  const found = folders.map((folder) => join(folder, name)).find((file) => existsSync(file));
  if (found === undefined) throw new Error(`${name} is not on PATH`);
  return found;
}

/** The text of a shell script that answers `--version` as the Temporal CLI of that version does. */
export function fakeTemporal(version: string) {
  return `#!/bin/sh\necho "temporal version ${version} (Server 1.31.2, UI 2.50.1)"\n`;
}

/** A made-up machine in a scratch folder: own PATH, HOME, cache, and a checkout with the setup program in it. */
export class Machine {
  readonly folder = mkdtempSync(join(tmpdir(), 'setup-'));
  readonly checkout = join(this.folder, 'checkout');
  readonly bin = join(this.folder, 'bin');
  readonly tools = join(this.folder, 'tools');
  readonly cachedTemporal = join(this.folder, 'cache/temporal-cli/1.8.2/temporal');
  readonly #runs: SetupRun[] = [];

  constructor() {
    mkdirSync(this.bin);
    mkdirSync(this.tools);
    for (const tool of TOOLS) symlinkSync(findTool(tool), join(this.tools, tool));
    cpSync('infra/setup', join(this.checkout, 'infra/setup'), { recursive: true });
  }

  addScript(path: string, text: string) {
    const file = path.startsWith('/') ? path : join(this.bin, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
    chmodSync(file, 0o755);
    return file;
  }

  read(path: string) {
    return readFileSync(join(this.folder, path), 'utf8');
  }

  environment(): Record<string, string> {
    return {
      PATH: [this.bin, this.tools].join(delimiter),
      HOME: join(this.folder, 'home'),
      ORCH_CACHE_DIR: join(this.folder, 'cache'),
      ORCH_SETUP_OFFLINE: '1',
    };
  }

  start(args: string[], env: Record<string, string> = {}): SetupRun {
    const main = join(this.checkout, 'infra/setup/main.mjs');
    const child = spawn(process.execPath, [main, ...args], {
      env: { ...this.environment(), ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const heard = { stdout: '', stderr: '' };
    child.stdout.on('data', (chunk) => (heard.stdout += String(chunk)));
    child.stderr.on('data', (chunk) => (heard.stderr += String(chunk)));
    const run: SetupRun = {
      child,
      output: () => heard,
      async said(pattern) {
        while (!pattern.test(heard.stderr)) await once(child.stderr, 'data');
      },
      ended: once(child, 'close').then(([code]) => ({ code: code as number | null, ...heard })),
    };
    this.#runs.push(run);
    return run;
  }

  run(args: string[], env: Record<string, string> = {}) {
    return this.start(args, env).ended;
  }

  async [Symbol.asyncDispose]() {
    for (const { child } of this.#runs) child.kill('SIGKILL');
    await Promise.all(this.#runs.map(({ ended }) => ended));
    rmSync(this.folder, { recursive: true, force: true });
  }
}
