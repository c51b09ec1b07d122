import { z } from 'zod';
import { parseJson } from '../read-file.ts';

const PROBE_MS = 5000;

/**
 * One look at a page of a service. `refused` = the host answered that nobody listens, `silent` = no answer at all, which says
 * nothing about the service.
 */
export type Probe =
  | { kind: 'answered'; status: number; body: string }
  | { kind: 'refused'; reason: string }
  | { kind: 'silent'; reason: string };

/** GET `url` on a connection of its own; never throws except when `signal` aborts. */
export async function probePage(url: string, signal: AbortSignal): Promise<Probe> {
  try {
    const response = await fetch(url, {
      headers: { connection: 'close' },
      signal: AbortSignal.any([signal, AbortSignal.timeout(PROBE_MS)]),
    });
    return { kind: 'answered', status: response.status, body: await response.text() };
  } catch (error) {
    signal.throwIfAborted();
    const cause = (error as Error).cause as NodeJS.ErrnoException | undefined;
    const code = cause?.code ?? (error as Error).name;
    return { kind: code === 'ECONNREFUSED' ? 'refused' : 'silent', reason: `${url}: ${code}` };
  }
}

/** One line that says how a probe went, for people. */
export function describeProbe(url: string, probe: Probe): string {
  return probe.kind === 'answered' ? `${url} answers ${probe.status}` : probe.reason;
}

const Version = z.object({ revision: z.string() });

/** The revision the service at `url` says it runs, or why it cannot be read. */
export async function readRevision(
  url: string,
  signal: AbortSignal,
): Promise<{ revision: string | null; reason: string }> {
  const page = `${url}/version`;
  const probe = await probePage(page, signal);
  const answer = probe.kind === 'answered' && probe.status === 200 ? parseJson(probe.body) : null;
  const version = Version.safeParse(answer);
  if (version.success) return { revision: version.data.revision, reason: '' };
  return { revision: null, reason: `${describeProbe(page, probe)} without a revision` };
}

/** Whether the service at `url` is healthy and says it runs `revision`; `reason` tells why not. */
export async function checkHealth(
  url: string,
  revision: string,
  signal: AbortSignal,
): Promise<{ healthy: boolean; reason: string }> {
  const page = `${url}/health`;
  const health = await probePage(page, signal);
  if (health.kind !== 'answered' || health.status !== 200) {
    return { healthy: false, reason: describeProbe(page, health) };
  }
  const found = await readRevision(url, signal);
  if (found.revision === revision) return { healthy: true, reason: '' };
  if (found.revision === null) return { healthy: false, reason: found.reason };
  return { healthy: false, reason: `${url} runs ${found.revision}, not ${revision}` };
}
