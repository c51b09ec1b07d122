import { join } from 'node:path';
import type { Sandbox } from './sandbox.ts';

/** A command to start inside, and what its supervisor provides outside. */
export interface SandboxedStart {
  argv: readonly string[];
  /** whole environment of the command */
  env: Readonly<Record<string, string>>;
  cwd: string;
  /** the proxy's unix socket, listening already; used when the network is proxied */
  proxySocket: string;
  /**
   * Descriptor bubblewrap writes its status to: `{"child-pid": n}` names the namespace's init (killing it ends every process
   * inside; the command is its child), `{"exit-code": n}` the command's end, 128 + signal when one ended it.
   */
  statusFd: number;
  /** Node to run the forwarder with: the one of this process */
  node: string;
}

/** What to spawn instead. `env` is the whole environment of bubblewrap too: nothing of it stands in argv. */
export interface SandboxedCommand {
  argv: readonly string[];
  env: Readonly<Record<string, string>>;
}

/** Mount points of ours inside. */
const INSIDE = {
  node: '/run/sandbox/node',
  // `.mts`: there is no package.json above it that says it is a module.
  forwarder: '/run/sandbox/forwarder.mts',
  socket: '/run/sandbox/proxy.sock',
} as const;

const FIRST_PROXY_PORT = 3128;
const SYSTEM = ['/usr', '/bin', '/sbin', '/lib', '/lib32', '/lib64', '/libx32'];
const ETC = ['ssl/certs', 'ssl/openssl.cnf', 'ca-certificates', 'alternatives', 'localtime'];
const ETC_LOADER = ['ld.so.cache', 'ld.so.conf', 'ld.so.conf.d', 'services', 'protocols'];
/** Ours, so that neither the host's users nor its name servers show. */
const OWN_ETC = ['passwd', 'group', 'hosts', 'nsswitch.conf'];
const HOST_NETWORK_ETC = ['hosts', 'nsswitch.conf', 'resolv.conf'];

/** The bubblewrap command line that runs `start` in `sandbox`. Pure: reads no file. */
export function buildSandboxArgv(sandbox: Sandbox, start: SandboxedStart): SandboxedCommand {
  const listeners = listenersOf(sandbox);
  const argv = [
    ...['bwrap', ...namespacesOf(sandbox), '--json-status-fd', String(start.statusFd)],
    ...systemMounts(sandbox),
    ...(listeners.length === 0 ? [] : forwarderMounts(start)),
    ...pathMounts(sandbox),
    ...['--remount-ro', '/', '--chdir', start.cwd, '--'],
    ...limitsOf(sandbox),
    ...(listeners.length === 0 ? [] : forwarderOf(listeners)),
    ...start.argv,
  ];
  return { argv, env: { ...start.env, TMPDIR: '/tmp', ...proxyEnvironment(listeners) } };
}

function namespacesOf({ network }: Sandbox): string[] {
  return [
    ...['--unshare-user', '--uid', '1000', '--gid', '1000'],
    ...['--unshare-pid', '--unshare-ipc', '--unshare-uts', '--unshare-cgroup-try'],
    ...(network.kind === 'host' ? [] : ['--unshare-net']),
    ...['--disable-userns', '--hostname', 'sandbox', '--die-with-parent', '--new-session'],
  ];
}

function systemMounts({ tmpBytes, network }: Sandbox): string[] {
  const size = ['--size', String(tmpBytes), '--perms', '1777', '--tmpfs'];
  const etc = network.kind === 'host' ? HOST_NETWORK_ETC : [];
  const own = OWN_ETC.filter((name) => !etc.includes(name));
  return [
    // Where we are root outside, kernel settings are ours to write in whatever namespace: core_pattern runs programs as root.
    ...['--proc', '/proc', ...mount('--ro-bind', '/proc/sys')],
    ...['--dev', '/dev', ...size, '/dev/shm', '--remount-ro', '/dev'],
    ...[...size, '/tmp'],
    ...SYSTEM.flatMap((path) => mount('--ro-bind-try', path)),
    ...[...ETC, ...ETC_LOADER, ...etc].flatMap((name) => mount('--ro-bind-try', `/etc/${name}`)),
    ...own.flatMap((name) => [
      ...['--ro-bind', join(import.meta.dirname, 'etc', name), `/etc/${name}`],
    ]),
  ];
}

/** Parents before children, so that the longer path shows. A path in both lists may be written. */
function pathMounts({ readable, writable }: Sandbox): string[] {
  const kinds = new Map<string, string>();
  for (const path of readable) kinds.set(path, '--ro-bind');
  for (const path of writable) kinds.set(path, '--bind');
  return [...kinds].sort(byPath).flatMap(([path, kind]) => mount(kind, path));
}

const byPath = ([one]: [string, string], [other]: [string, string]) => (one < other ? -1 : 1);
const mount = (kind: string, path: string): string[] => [kind, path, path];

const forwarderMounts = ({ node, proxySocket }: SandboxedStart): string[] => [
  ...['--ro-bind', node, INSIDE.node],
  ...['--ro-bind', join(import.meta.dirname, 'forwarder.ts'), INSIDE.forwarder],
  ...['--ro-bind', proxySocket, INSIDE.socket],
];

function limitsOf({ memoryBytes, processes }: Sandbox): string[] {
  return [
    // Should memory run out, what runs in here goes first.
    ...['choom', '-n', '500', '--', 'prlimit', '--core=0'],
    // Not the address space: V8 reserves far more than it uses.
    ...(memoryBytes === null ? [] : [`--data=${memoryBytes}`]),
    ...(processes === null ? [] : [`--nproc=${processes}`]),
    '--',
  ];
}

/** A port of the inner loopback; `to` null = speaks to the proxy itself. */
interface Listener {
  port: number;
  to: string | null;
}

function listenersOf({ network }: Sandbox): Listener[] {
  if (network.kind !== 'proxied') return [];
  const forwards = new Map(network.forwards.map(({ port, to }) => [port, to]));
  for (const host of network.hosts) {
    const port = loopbackPort(host);
    if (port !== null && !forwards.has(port)) forwards.set(port, host);
  }
  let proxyPort = FIRST_PROXY_PORT;
  while (forwards.has(proxyPort)) proxyPort += 1;
  return [
    { port: proxyPort, to: null },
    ...[...forwards].map(([port, to]): Listener => ({ port, to })),
  ];
}

function loopbackPort(host: string): number | null {
  const port = /^(?:127\.0\.0\.1|localhost|\[::1\]):(\d+)$/.exec(host)?.[1];
  return port === undefined ? null : Number(port);
}

const forwarderOf = (listeners: readonly Listener[]): string[] => [
  ...[INSIDE.node, '--max-old-space-size=64', INSIDE.forwarder, INSIDE.socket],
  ...listeners.map(({ port, to }) => `${port}=${to ?? ''}`),
  '--',
];

function proxyEnvironment(listeners: readonly Listener[]): Record<string, string> {
  const proxy = listeners.find(({ to }) => to === null);
  if (proxy === undefined) return {};
  const url = `http://127.0.0.1:${proxy.port}`;
  const direct = 'localhost,127.0.0.1,::1';
  return {
    ...{ HTTP_PROXY: url, HTTPS_PROXY: url, http_proxy: url, https_proxy: url },
    ...{ NO_PROXY: direct, no_proxy: direct, NODE_USE_ENV_PROXY: '1' },
  };
}
