import { execa } from 'execa';
import { buildSandboxArgv } from './build-argv.ts';

/** Whether this host can run a sandbox; `fix` says what to do about it. */
export type SandboxSupport =
  { kind: 'available' } | { kind: 'missing'; reason: string; fix: string };

const PROBE_MS = 10_000;

/** Runs the line of a real sandbox once, with `true` in it. Never throws. `path` = where programs are searched. */
export async function detectSandbox(path: string): Promise<SandboxSupport> {
  const { argv, env } = buildSandboxArgv(
    {
      ...{ writable: [], readable: [], tmpBytes: 1_048_576, network: { kind: 'none' } },
      ...{ memoryBytes: null, processes: 64 },
    },
    {
      ...{ argv: ['true'], env: { PATH: path }, cwd: '/', proxySocket: '', statusFd: 2 },
      node: process.execPath,
    },
  );
  const [program = '', ...args] = argv;
  const options = { env, extendEnv: false, reject: false, timeout: PROBE_MS } as const;
  const { exitCode, stderr, code } = await execa(program, args, options);
  if (exitCode === 0) return { kind: 'available' };
  return explain(code === 'ENOENT' ? null : stderr.replaceAll(/^\{.*\}\s*$/gm, '').trim());
}

/** Says what bubblewrap's complaint means; null = it is not installed. */
function explain(complaint: string | null): SandboxSupport {
  if (complaint === null) {
    const fix = 'install it: apt-get install bubblewrap';
    return { kind: 'missing', reason: 'bubblewrap (bwrap) is not installed', fix };
  }
  const reason = `bubblewrap does not work here: ${complaint.slice(0, 300) || 'it said nothing'}`;
  const advice = FIXES.find(([pattern]) => pattern.test(complaint));
  return { kind: 'missing', reason, fix: advice?.[1] ?? `see docs/sandbox.md, "${PAGE_PART}"` };
}

const PAGE_PART = 'Where it does not work';
const FIXES: readonly (readonly [RegExp, string])[] = [
  [
    /mount proc|masked|\/proc/i,
    'in a container: give it an unmasked /proc (security_opt: systempaths=unconfined)',
  ],
  [
    /namespace|uid map|Operation not permitted|Permission denied/i,
    'allow user namespaces: sysctl kernel.unprivileged_userns_clone=1 and kernel.apparmor_restrict_unprivileged_userns=0, ' +
      'or in a container: security_opt seccomp=unconfined',
  ],
  [/prlimit/, 'install util-linux'],
];
