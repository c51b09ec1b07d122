import { once } from 'node:events';
import { closeSync } from 'node:fs';
import { chmod, mkdir, rm } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import { dirname, join } from 'node:path';
import type { Logger } from 'pino';
import { barRun, endRun } from '../activities/runs/end-run.ts';
import { takeLock } from '../activities/runs/locks.ts';
import { RunDirectory } from '../activities/runs/run-directory.ts';
import { detectSandbox } from '../activities/runs/sandbox/detect.ts';
import { sweepRun } from '../activities/runs/sweep-run.ts';
import { reachSocket } from '../activities/runs/unix-socket.ts';
import type { RunnerConfig } from './config.ts';
import { ConfigurationError } from './env-reader.ts';
import { BadCall, readBody } from './read-body.ts';
import { reasonOf } from './reason-of.ts';
import { RUNNER_BODIES } from './runner-bodies.ts';
import { startSupervisor } from './start-supervisor.ts';
import { createTurns } from './take-turns.ts';
import type { TakeTurns } from './take-turns.ts';

/** A listening runner. */
export interface RunningRunner {
  socket: string;
  /** Ends it; no run ends with it. */
  stop: () => Promise<void>;
}

const SWEEP_MS = 8000;

/** Starts the service that starts supervisors and ends runs, on a unix socket. Throws ConfigurationError when another one serves it. */
export async function startRunner(config: RunnerConfig, log: Logger): Promise<RunningRunner> {
  const { socket } = config;
  const isolates = await checkSandbox(config, log);
  await mkdir(dirname(socket), { recursive: true });
  const lock = await takeLock(`${socket}.lock`, 0);
  if (lock === null) {
    throw new ConfigurationError('The runner', [`another one serves ${socket} already`]);
  }
  await rm(socket, { force: true });
  const service = { config, isolates, log, inTurn: createTurns() };
  const server = createServer((request, response) => {
    void serve(service, request, response);
  });
  await reachSocket(socket, async (path) => {
    server.listen(path);
    await once(server, 'listening');
  });
  await chmod(socket, 0o600);
  return {
    socket,
    stop: async () => {
      server.close();
      server.closeIdleConnections();
      if (server.listening) await once(server, 'close');
      closeSync(lock);
    },
  };
}

/** Whether runs can be isolated here. Throws ConfigurationError when they cannot and must be. */
async function checkSandbox({ path, requireSandbox }: RunnerConfig, log: Logger): Promise<boolean> {
  const support = await detectSandbox(path);
  if (support.kind === 'available') return true;
  const { reason, fix } = support;
  if (requireSandbox) {
    throw new ConfigurationError('The runner', [
      `${reason}: ${fix}; or set ORCH_REQUIRE_SANDBOX=false, and every run sees what this user sees`,
    ]);
  }
  log.warn({ reason, fix }, 'runs are not isolated');
  return false;
}

/** What calls are answered with. */
interface Service {
  config: RunnerConfig;
  /** false = sandboxes are left out */
  isolates: boolean;
  log: Logger;
  /** what is done to the bar of a run, by its id */
  inTurn: TakeTurns;
}

async function serve(
  service: Service,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { log } = service;
  const route = `${request.method ?? ''} ${request.url ?? ''}`;
  const answer = (status: number, body: unknown): void => {
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  };
  try {
    const handle = ROUTES[route];
    if (handle === undefined) answer(404, { reason: `no ${route}` });
    else answer(200, await handle(service, request));
  } catch (error) {
    const reason = reasonOf(error);
    if (error instanceof BadCall) {
      log.warn({ route, reason }, 'a call was refused');
      answer(error.status, { reason });
      return;
    }
    log.error({ err: error, route }, 'a call failed');
    answer(500, { reason });
  }
}

type Handle = (service: Service, request: IncomingMessage) => Promise<unknown>;

const ROUTES: Readonly<Partial<Record<string, Handle>>> = {
  'GET /health': ({ isolates }) => Promise.resolve({ name: 'runner', pid: process.pid, isolates }),
  'POST /start': async ({ config, isolates, log }, request) => {
    const asked = await readBody(request, RUNNER_BODIES['/start']);
    const launch = isolates ? asked : { ...asked, spec: { ...asked.spec, sandbox: null } };
    const { runId, continuation } = launch.spec;
    const answer = await startSupervisor(config, directoryOf(config, runId), launch);
    log.info({ runId, continuation, launch: launch.token.launch, ...answer }, 'start');
    return answer;
  },
  'POST /end': async ({ config, log, inTurn }, request) => {
    const { runId, stop } = await readBody(request, RUNNER_BODIES['/end']);
    const directory = directoryOf(config, runId);
    await inTurn(runId, () => barRun(directory, stop));
    await endRun(directory, stop.reason);
    log.info({ runId, reason: stop.reason }, 'ended');
    return {};
  },
  'POST /sweep': async ({ config }, request) => {
    const { runId } = await readBody(request, RUNNER_BODIES['/sweep']);
    const directory = directoryOf(config, runId);
    const started = await directory.read('started.json');
    await sweepRun(directory.path, started?.init ?? null, Date.now() + SWEEP_MS);
    return {};
  },
};

const directoryOf = ({ dataDir }: RunnerConfig, runId: string): RunDirectory =>
  new RunDirectory(join(dataDir, 'runs'), runId);
