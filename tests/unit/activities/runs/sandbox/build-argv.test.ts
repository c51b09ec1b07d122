import { describe, expect, it } from 'vitest';
import { buildSandboxArgv } from '../../../../../activities/runs/sandbox/build-argv.ts';
import type { Sandbox, SandboxNetwork } from '../../../../../activities/runs/sandbox/sandbox.ts';

const SANDBOX: Sandbox = {
  writable: [],
  readable: [],
  tmpBytes: 1000,
  network: { kind: 'none' },
  memoryBytes: null,
  processes: null,
};

const build = (change: Partial<Sandbox> = {}) =>
  buildSandboxArgv(
    { ...SANDBOX, ...change },
    {
      argv: ['agent', '--flag'],
      env: { MODEL_KEY: 'the key', TMPDIR: '/run/tmp' },
      cwd: '/tree',
      proxySocket: '/runs/a/net.sock',
      statusFd: 3,
      node: '/opt/node',
    },
  );

const mountsOf = (argv: readonly string[]) =>
  argv.flatMap((word, index) =>
    /^--(ro-)?bind$/.test(word) ? [`${word} ${argv[index + 2] ?? ''}`] : [],
  );

describe('the bubblewrap line', () => {
  it('mounts parents before children, each as its own list says, writing winning', () => {
    const { argv } = build({ writable: ['/a/b', '/z'], readable: ['/a/b/c', '/a', '/z'] });
    expect(mountsOf(argv).slice(-4)).toEqual([
      '--ro-bind /a',
      '--bind /a/b',
      '--ro-bind /a/b/c',
      '--bind /z',
    ]);
    expect(argv.indexOf('--remount-ro')).toBeLessThan(argv.lastIndexOf('--bind'));
    expect(argv.slice(argv.lastIndexOf('--remount-ro')).slice(0, 2)).toEqual(['--remount-ro', '/']);
  });

  it('holds no value of the environment', () => {
    const { argv, env } = build();
    expect(argv.join(' ')).not.toContain('the key');
    expect(env).toEqual({ MODEL_KEY: 'the key', TMPDIR: '/tmp' });
  });

  it.each<[SandboxNetwork, boolean]>([
    [{ kind: 'host' }, false],
    [{ kind: 'none' }, true],
    [{ kind: 'proxied', hosts: [], forwards: [] }, true],
  ])('has a network of its own unless it is the host’s: %j', (network, own) => {
    expect(build({ network }).argv.includes('--unshare-net')).toBe(own);
  });

  it('starts the forwarder before a command with a proxy, a port for each loopback address', () => {
    const hosts = ['api.example.com:443', '127.0.0.1:3128', 'localhost:4000'];
    const forwards = [{ port: 4000, to: '10.0.0.1:80' }];
    const { argv, env } = build({ network: { kind: 'proxied', hosts, forwards } });
    const listeners = ['3129=', '4000=10.0.0.1:80', '3128=127.0.0.1:3128'];
    expect(argv.slice(-6)).toEqual([...listeners, '--', 'agent', '--flag']);
    expect(env).toMatchObject({ HTTPS_PROXY: 'http://127.0.0.1:3129', NODE_USE_ENV_PROXY: '1' });
  });

  it('limits what the host can limit', () => {
    expect(build({ memoryBytes: 5, processes: 6 }).argv).toEqual(
      expect.arrayContaining(['prlimit', '--core=0', '--data=5', '--nproc=6']),
    );
  });
});
