import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { detectSandbox } from '../../activities/runs/sandbox/detect.ts';
import { startProxy } from '../../activities/runs/sandbox/proxy.ts';
import { startRunner } from '../../workers/runner.ts';
import { CLOSED, runSandboxed } from './sandboxed.ts';

const NODE = process.execPath;
const withNode = { ...CLOSED, readable: [dirname(NODE)] };
const containing = (text: string) => expect.stringContaining(text) as string;
const sh = (script: string): string[] => ['sh', '-c', script];

let folder = '';

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sandboxed-'));
});
afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

describe('a sandboxed command', () => {
  it('sees what it was given and nothing else', async () => {
    const [seen, hidden] = [join(folder, 'seen'), join(folder, 'hidden')];
    for (const path of [seen, hidden]) await writeFile(path, 'text');
    const { stdout } = await runSandboxed(
      { ...CLOSED, readable: [seen] },
      sh(`ls ${folder}; ls /; ls /etc; ls /root /home /var 2>&1`),
    );
    expect(stdout.split('\n').slice(0, 1)).toEqual(['seen']);
    expect(stdout).not.toMatch(/hidden|shadow|hostname|resolv/);
    expect(stdout.match(/No such file or directory/g)).toHaveLength(3);
  });

  it('writes where it may, and not into a part of that which it may only read', async () => {
    const protectedFile = join(folder, 'task.md');
    await writeFile(protectedFile, 'the task');
    const { stdout } = await runSandboxed(
      { ...CLOSED, writable: [folder], readable: [protectedFile] },
      sh(
        `echo new > own; for f in task.md /x /etc/passwd /dev/x /run/x; do echo x > $f || echo "no $f"; done; rm task.md; mv task.md other; ln -f task.md hard; ls`,
      ),
      { cwd: folder },
    );
    expect(stdout.match(/^no .*$/gm)).toHaveLength(5);
    expect(await readFile(protectedFile, 'utf8')).toBe('the task');
    expect(await readFile(join(folder, 'own'), 'utf8')).toBe('new\n');
  });

  it('may change no setting of the kernel, whoever runs it', async () => {
    const { stdout } = await runSandboxed(
      CLOSED,
      sh('find /proc/sys /proc/irq /proc/bus -type f -writable | wc -l'),
    );
    expect(stdout).toBe('0\n');
  });

  it('cannot fill more memory with files than its /tmp has', async () => {
    const { stdout } = await runSandboxed(
      CLOSED,
      sh(
        'for d in /tmp /dev/shm; do head -c 20000000 /dev/zero > $d/big || wc -c $d/big; done 2>/dev/null',
      ),
    );
    expect(stdout).toBe('8388608 /tmp/big\n8388608 /dev/shm/big\n');
  });

  it('is the user agent, alone among its processes, with no descriptor of its supervisor', async () => {
    const { stdout } = await runSandboxed(
      CLOSED,
      sh('id -un; hostname; ls -d /proc/[0-9]* | wc -l; ls -v /proc/self/fd | tr "\\n" " "'),
    );
    // The fourth is the listing's own; above 15 are those this test run was itself started with.
    expect(stdout).toMatch(/^agent\nsandbox\n4\n0 1 2 3 (\d{2,} )*$/);
  });

  it('gets the environment it was given, a temporary folder of its own and nothing else', async () => {
    const { stdout } = await runSandboxed(CLOSED, ['env'], { env: { GIVEN: '1' } });
    const names = stdout.split('\n').map((line) => line.split('=')[0]);
    expect(names.filter(Boolean).sort()).toEqual(['GIVEN', 'PATH', 'PWD', 'TMPDIR']);
  });

  it('cannot have one process with more memory than allowed', async () => {
    const { stdout } = await runSandboxed(
      { ...CLOSED, memoryBytes: 50_000_000 },
      sh('head -c 90000000 /dev/zero | tail -n 1 | wc -c'),
    );
    expect(stdout).toBe('0\n');
  });

  it('cannot have more processes than allowed, unless root runs it', async () => {
    const { stdout } = await runSandboxed(
      { ...CLOSED, processes: 10 },
      sh('for i in 1 2 3 4 5 6 7 8 9 10 11 12; do sleep 30 & done; echo forked'),
      { uid: 65_534 },
    );
    expect(stdout).toBe('');
  });

  it('cannot make user namespaces, in which it would be root over more of the kernel', async () => {
    const { exitCode } = await runSandboxed(CLOSED, ['unshare', '--user', 'true']);
    expect(exitCode).toBe(1);
  });

  it('ends with the code of the command, and of the signal that ended it', async () => {
    expect((await runSandboxed(CLOSED, sh('exit 7'))).exitCode).toBe(7);
    expect((await runSandboxed(CLOSED, sh('kill -TERM $$'))).exitCode).toBe(143);
    const proxied = { ...CLOSED, network: { kind: 'proxied', hosts: [], forwards: [] } as const };
    expect((await runSandboxed(proxied, sh('exit 7'))).exitCode).toBe(7);
    expect((await runSandboxed(proxied, sh('kill -TERM $$'))).exitCode).toBe(143);
    expect((await runSandboxed(proxied, ['no-such-program'])).exitCode).toBe(127);
  });
});

describe('a host', () => {
  it('is asked with the line of a real run whether it can isolate one, and told what to do', async () => {
    expect(await detectSandbox(process.env['PATH'] ?? '')).toEqual({ kind: 'available' });
    const missing = await detectSandbox(folder);
    expect(missing).toMatchObject({ kind: 'missing', fix: containing('apt-get') });
  });

  it.each([
    ['Creating new namespace failed: Operation not permitted', 'allow user namespaces'],
    ["Can't mount proc on /newroot/proc: Operation not permitted", 'unmasked /proc'],
  ])('that answers "%s" is told: %s', async (complaint, fix) => {
    const bwrap = join(folder, 'bwrap');
    await writeFile(bwrap, `#!/bin/sh\necho "bwrap: ${complaint}" >&2; exit 1\n`, { mode: 0o755 });
    const found = await detectSandbox(`${folder}:${process.env['PATH'] ?? ''}`);
    expect(found).toMatchObject({ reason: containing(complaint) });
    expect(found).toMatchObject({ fix: containing(fix) });
  });
});

describe('a runner on a host that cannot isolate', () => {
  const configOf = (requireSandbox: boolean) => ({
    ...{ dataDir: folder, socket: join(folder, 'runner.sock'), path: folder },
    ...{ requireSandbox, logLevel: 'silent' as const },
  });

  it('does not start where policy requires it, and says what to do', async () => {
    const started = startRunner(configOf(true), pino({ level: 'silent' }));
    await expect(started).rejects.toThrow(
      /apt-get install bubblewrap; or set ORCH_REQUIRE_SANDBOX/,
    );
  });

  it('starts where policy does not, and logs that nothing is isolated', async () => {
    const lines: string[] = [];
    const log = pino({ level: 'warn' }, { write: (line: string) => void lines.push(line) });
    const runner = await startRunner(configOf(false), log);
    await runner.stop();
    expect(lines.join()).toContain('runs are not isolated');
  });
});

describe('the network of a sandboxed command', () => {
  it('is an empty loopback where it has none', async () => {
    await using service = await startService();
    const { stdout } = await runSandboxed(withNode, fetchAll([service.url]));
    expect(stdout).toBe(`${service.url} ECONNREFUSED\n`);
  });

  it('reaches a listed address and no other, directly or through the proxy', async () => {
    await using listed = await startService();
    await using other = await startService();
    const { stdout, refused } = await runSandboxed(
      { ...withNode, network: { kind: 'proxied', hosts: [listed.host], forwards: [] } },
      [NODE, '-e', PROXY_CLIENT, listed.host, other.host, '169.254.169.254:80', 'example.org:443'],
    );
    expect(stdout.split('\n').slice(0, -1)).toEqual([
      `direct ${listed.host}: 200 GET /path`,
      `plain ${listed.host}: 200 GET /path`,
      `tunnel ${listed.host}: 200`,
      `direct ${other.host}: ECONNREFUSED`,
      `plain ${other.host}: 403`,
      `tunnel ${other.host}: 403`,
      expect.stringMatching(/^direct 169.254.169.254:80: (ENETUNREACH|ECONNREFUSED)$/),
      'plain 169.254.169.254:80: 403',
      'tunnel 169.254.169.254:80: 403',
      expect.stringMatching(/^direct example.org:443: (EAI_AGAIN|ENOTFOUND)$/),
      'plain example.org:443: 403',
      'tunnel example.org:443: 403',
    ]);
    expect(refused).toEqual([other.host, '169.254.169.254:80', 'example.org:443']);
  });

  it('pipes a port of its own to the one service it is for', async () => {
    await using service = await startService();
    const { stdout } = await runSandboxed(
      {
        ...withNode,
        network: { kind: 'proxied', hosts: [], forwards: [{ port: 8080, to: service.host }] },
      },
      fetchAll(['http://127.0.0.1:8080/path', service.url]),
    );
    expect(stdout).toBe(`http://127.0.0.1:8080/path 200 GET /path\n${service.url} ECONNREFUSED\n`);
  });

  it('works where the path of the run directory is longer than a socket may have', async () => {
    const deep = join(folder, 'd'.repeat(60), 'e'.repeat(60));
    await mkdir(deep, { recursive: true });
    await using service = await startService();
    const proxy = await startProxy(
      { kind: 'proxied', hosts: [service.host], forwards: [] },
      join(deep, 'net.sock'),
    );
    await expect(readFile(join(deep, 'net.sock'))).rejects.toMatchObject({ code: 'ENXIO' });
    await proxy?.close();
  });
});

const fetchAll = (urls: readonly string[]): string[] => [
  NODE,
  '-e',
  `(async () => { for (const url of process.argv.slice(1)) console.log(url, await fetch(url).then(async (r) => r.status + ' ' + await r.text(), (e) => e.cause.code)); })()`,
  ...urls,
];

const PROXY_CLIENT = `
const http = require('node:http');
const proxy = new URL(process.env.HTTPS_PROXY);
const ask = (options) => new Promise((resolve) => {
  const request = http.request({ agent: new http.Agent({ proxyEnv: {} }), ...options });
  request.on('connect', (answer, socket) => { socket.destroy(); resolve(answer.statusCode); });
  request.on('response', async (answer) => {
    let text = '';
    for await (const chunk of answer) text += chunk;
    resolve(answer.statusCode === 200 ? '200 ' + text : answer.statusCode);
  });
  request.on('error', (error) => resolve(error.code));
  request.end();
});
const at = { host: proxy.hostname, port: proxy.port };
(async () => {
  for (const target of process.argv.slice(1)) {
    const [host, port] = target.split(':');
    console.log('direct ' + target + ': ' + await ask({ host, port, path: '/path' }));
    console.log('plain ' + target + ': ' + await ask({ ...at, path: 'http://' + target + '/path' }));
    console.log('tunnel ' + target + ': ' + await ask({ ...at, method: 'CONNECT', path: target }));
  }
})();
`;

interface Service extends AsyncDisposable {
  url: string;
  host: string;
}

async function startService(): Promise<Service> {
  const server = createServer((asked, answer) => {
    answer.end(`${asked.method ?? ''} ${asked.url ?? ''}`);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    host,
    url: `http://${host}/path`,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
