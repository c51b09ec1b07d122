import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { describe, expect, it } from 'vitest';
import { watchDeploy } from '../../activities/deploy/watch-deploy.ts';
import { parsePostDeployLog } from '../../workflows/domain/artifacts/post-deploy-log.ts';
import { inActivity } from '../world/in-activity.ts';
import { DeployWorld } from './deploy-world.ts';

/** A service that answers each probe with the next status; the last one stays. */
async function answering(...statuses: number[]) {
  let probes = 0;
  const server: Server = createServer((_, response) => {
    response.statusCode = statuses[Math.min(probes, statuses.length - 1)] ?? 500;
    probes += 1;
    response.end();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  return {
    url: `http://127.0.0.1:${port}`,
    probes: () => probes,
    close: () => server.close(),
    [Symbol.dispose]: () => void server.close(),
  };
}

/** Watches `url` for `windowMs` that began `agoMs` ago. */
async function watch(
  url: string,
  {
    windowMs,
    agoMs = 0,
    heartbeatDetails,
  }: { windowMs: number; agoMs?: number; heartbeatDetails?: unknown },
) {
  await using world = await DeployWorld.create();
  const beats: unknown[] = [];
  const revision = '0'.repeat(40);
  const input = {
    ...world.input({ digest: 'sha256:0', revision: revision as never }, { url }),
    windowMs,
    intervalMs: 20,
    since: new Date(Date.now() - agoMs).toISOString(),
  };
  const verdict = await inActivity(() => watchDeploy(world.ports, input), {
    heartbeatDetails,
    onHeartbeat: (details) => beats.push(details),
  });
  const log = world.documents.get(verdict.documentId);
  return { ...verdict, log, beats };
}

describe('the watch after a deploy', () => {
  it('is HEALTHY when the service answers until the window is over', async () => {
    using service = await answering(200);
    const seen = await watch(service.url, { windowMs: 2000 });
    expect(seen.status).toBe('HEALTHY');
    expect(seen.probes).toBe(service.probes());
    expect(seen.probes).toBeGreaterThan(1);
    expect(seen.log?.name).toBe('16-post-deploy-log.md');
    expect(parsePostDeployLog(seen.log?.body ?? null)).toEqual({ kind: 'read', value: 'HEALTHY' });
  });

  it('is DEGRADED after three failures in a row, without waiting for the end', async () => {
    using service = await answering(200, 500);
    const seen = await watch(service.url, { windowMs: 600_000 });
    expect(seen).toMatchObject({ status: 'DEGRADED', probes: 4 });
    expect(seen.reason).toContain('answers 500');
  });

  it('forgives two failures', async () => {
    using service = await answering(500, 500, 200);
    expect(await watch(service.url, { windowMs: 100 })).toMatchObject({ status: 'HEALTHY' });
  });

  it('is DEGRADED when nobody listens', async () => {
    const service = await answering(200);
    service.close();
    expect(await watch(service.url, { windowMs: 600_000 })).toMatchObject({ status: 'DEGRADED' });
  });

  it('is UNREADABLE when no probe gets an answer', async () => {
    const seen = await watch('http://no-such-host.invalid', { windowMs: 0 });
    expect(seen).toMatchObject({ status: 'UNREADABLE', probes: 3 });
  });

  it('probes once when the window is already over', async () => {
    using service = await answering(200);
    const seen = await watch(service.url, { windowMs: 1000, agoMs: 5000 });
    expect(seen).toMatchObject({ status: 'HEALTHY', probes: 1 });
  });

  it('does not end a window amid failures', async () => {
    using service = await answering(500);
    const seen = await watch(service.url, { windowMs: 1000, agoMs: 5000 });
    expect(seen).toMatchObject({ status: 'DEGRADED', probes: 3 });
  });

  it('goes on from the last heartbeat of the attempt before', async () => {
    using service = await answering(500);
    const before = { probes: 9, failures: 2, inARow: 2, missing: 0, lastProblem: 'x' };
    const seen = await watch(service.url, { windowMs: 600_000, heartbeatDetails: before });
    expect(seen).toMatchObject({ status: 'DEGRADED', probes: 10 });
    expect(seen.beats[0]).toEqual(before);
  });
});
