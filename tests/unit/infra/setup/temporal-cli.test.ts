import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import type { Server } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Machine, fakeTemporal } from './machine.ts';

const print = ['--print-temporal'];

/** A mirror on loopback that serves an archive with a CLI of `version` in it, and can keep a caller waiting. */
class Mirror {
  requests = 0;
  release: () => void = () => undefined;
  readonly #server: Server;

  constructor(machine: Machine, version: string, options: { waits?: boolean } = {}) {
    machine.addScript(join(machine.folder, 'archive/temporal'), fakeTemporal(version));
    const archive = join(machine.folder, 'archive.tar.gz');
    execFileSync('tar', ['-czf', archive, '-C', join(machine.folder, 'archive'), 'temporal']);
    const released = new Promise<void>((resolve) => (this.release = resolve));
    this.#server = createServer((_request, response) => {
      this.requests += 1;
      void (options.waits ? released : Promise.resolve()).then(() => {
        response.end(readFileSync(archive));
      });
    });
  }

  async listen() {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
    const { port } = this.#server.address() as AddressInfo;
    return {
      ORCH_SETUP_OFFLINE: '0',
      ORCH_TEMPORAL_ARCHIVE_URL: `http://127.0.0.1:${port}/temporal.tar.gz`,
    };
  }

  close() {
    this.release();
    this.#server.closeAllConnections();
    this.#server.close();
  }
}

const nothingListens = {
  ORCH_SETUP_OFFLINE: '0',
  ORCH_TEMPORAL_ARCHIVE_URL: 'http://127.0.0.1:1/temporal.tar.gz',
};

/** A process that ended and was not collected yet has no command line any more. */
function isAlive(pid: number) {
  const file = `/proc/${pid}/cmdline`;
  return existsSync(file) && readFileSync(file, 'utf8') !== '';
}

const goTools = `pkg/tool/${process.platform}_${process.arch.replace('x64', 'amd64')}`;

const fakeGo = (goVersion: string, builtVersion: string) => `#!/bin/sh
if [ "$1" = env ]; then echo ${goVersion}; exit 0; fi
while [ "$1" != -o ]; do shift; done
cat > "$2" <<'CLI'
${fakeTemporal(builtVersion)}
CLI
`;

describe('finding the Temporal CLI', () => {
  let machine: Machine;
  let mirror: Mirror | undefined;

  beforeEach(() => {
    machine = new Machine();
  });

  afterEach(async () => {
    mirror?.close();
    mirror = undefined;
    await machine[Symbol.asyncDispose]();
  });

  it('takes TEMPORAL_CLI_PATH before the one on PATH, and says nothing', async () => {
    machine.addScript('temporal', fakeTemporal('1.8.2'));
    const named = machine.addScript(join(machine.folder, 'own/temporal'), fakeTemporal('1.8.2'));
    const result = await machine.run(print, { TEMPORAL_CLI_PATH: named });
    expect(result).toEqual({ code: 0, stdout: `${named}\n`, stderr: '' });
  });

  it('refuses a TEMPORAL_CLI_PATH of another version instead of going on silently', async () => {
    machine.addScript('temporal', fakeTemporal('1.8.2'));
    const named = machine.addScript(join(machine.folder, 'own/temporal'), fakeTemporal('1.7.0'));
    const { code, stderr } = await machine.run(print, { TEMPORAL_CLI_PATH: named });
    expect(code).toBe(1);
    expect(stderr).toContain(`TEMPORAL_CLI_PATH=${named} is 1.7.0, needed is 1.8.2`);
  });

  it('takes the one on PATH when its version fits', async () => {
    const onPath = machine.addScript('temporal', fakeTemporal('1.8.2'));
    machine.addScript(machine.cachedTemporal, fakeTemporal('1.8.2'));
    expect((await machine.run(print)).stdout).toBe(`${onPath}\n`);
  });

  it('passes over another version on PATH and takes the cached one', async () => {
    machine.addScript('temporal', fakeTemporal('1.8.1'));
    machine.addScript(machine.cachedTemporal, fakeTemporal('1.8.2'));
    expect((await machine.run(print)).stdout).toBe(`${machine.cachedTemporal}\n`);
  });

  it('names the three ways when there is none and it may not fetch one', async () => {
    const { code, stdout, stderr } = await machine.run(print);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toContain('TEMPORAL_CLI_PATH');
    expect(stderr).toContain('temporal.download');
    expect(stderr).toContain('install Go');
  });

  it('downloads into the cache when there is none', async () => {
    mirror = new Mirror(machine, '1.8.2');
    const { stdout, stderr } = await machine.run(print, await mirror.listen());
    expect(stdout).toBe(`${machine.cachedTemporal}\n`);
    expect(stderr).toContain('downloading the Temporal CLI');
    expect((await machine.run(print)).stdout).toBe(`${machine.cachedTemporal}\n`);
  });

  it('fetches once when two runs start together, the second telling that it waits', async () => {
    mirror = new Mirror(machine, '1.8.2', { waits: true });
    const env = await mirror.listen();
    const first = machine.start(print, env);
    await first.said(/downloading/);
    const second = machine.start(print, env);
    await second.said(/waiting for another setup to finish/);
    mirror.release();
    const results = await Promise.all([first.ended, second.ended]);
    expect(results.map(({ code }) => code)).toEqual([0, 0]);
    expect(mirror.requests).toBe(1);
  });

  it('is not held up by a run that was killed', async () => {
    mirror = new Mirror(machine, '1.8.2', { waits: true });
    const env = await mirror.listen();
    const killed = machine.start(print, env);
    await killed.said(/downloading/);
    killed.child.kill('SIGKILL');
    await killed.ended;
    mirror.release();
    expect((await machine.run(print, env)).stdout).toBe(`${machine.cachedTemporal}\n`);
    expect(readdirSync(dirname(machine.cachedTemporal)).sort()).toEqual(['lock', 'temporal']);
  });

  it('ends what it started when it is told to end', async () => {
    const marker = join(machine.folder, 'building');
    machine.addScript(
      'go',
      `#!/bin/sh\n[ "$1" = env ] && echo go1.26.4 && exit\necho $$ > ${marker}.new\nmv ${marker}.new ${marker}\nexec tail -f /dev/null\n`,
    );
    const run = machine.start(print, nothingListens);
    await expect.poll(() => existsSync(marker)).toBe(true);
    run.child.kill('SIGTERM');
    await run.ended;
    const pid = Number(readFileSync(marker, 'utf8'));
    await expect.poll(() => isAlive(pid)).toBe(false);
  });

  it('builds with Go when the download cannot be reached', async () => {
    machine.addScript('go', fakeGo('go1.26.4', '1.8.2'));
    const { stdout, stderr } = await machine.run(print, nothingListens);
    expect(stdout).toBe(`${machine.cachedTemporal}\n`);
    expect(stderr).toContain('building the Temporal CLI from source');
  });

  it('has a Go of an old distribution fetch the one that can build it', async () => {
    const fetched = join(machine.folder, 'toolchain');
    machine.addScript(join(fetched, 'bin/go'), fakeGo('go1.26.4', '1.8.2'));
    machine.addScript(join(fetched, goTools, 'compile'), '');
    machine.addScript(
      'go',
      `#!/bin/sh\nif [ "$1" = env ]; then echo go1.19.8; else echo '"Dir": "${fetched}"'; fi\n`,
    );
    const { stdout, stderr } = await machine.run(print, nothingListens);
    expect(stdout).toBe(`${machine.cachedTemporal}\n`);
    expect(stderr).toContain('downloading a newer Go');
  });

  it('never keeps what is of another version, and says what each way answered', async () => {
    mirror = new Mirror(machine, '1.9.0');
    machine.addScript('go', fakeGo('go1.13.8', '1.8.2'));
    const { code, stderr } = await machine.run(print, await mirror.listen());
    expect(code).toBe(1);
    expect(stderr).toContain('not version 1.8.2');
    expect(stderr).toContain('is too old (go1.13.8)');
    expect(existsSync(machine.cachedTemporal)).toBe(false);
  });
});
