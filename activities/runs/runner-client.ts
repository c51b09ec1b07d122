import { request } from 'node:http';
import { text } from 'node:stream/consumers';
import { PermanentError, ToolError } from '../errors.ts';
import type { RunStop } from './run-directory.ts';
import type { Launch, LaunchAnswer } from './supervise/launch.ts';
import { reachSocket } from './unix-socket.ts';

/** The service that starts supervisors and ends runs. Each call throws ToolError when it cannot be asked or could not do it, PermanentError when it does not take what it is asked. */
export interface RunnerClient {
  start(launch: Launch): Promise<LaunchAnswer>;
  /** Ends every process of the run and keeps it from being launched. */
  end(runId: string, stop: RunStop): Promise<void>;
  /** Ends what a dead supervisor left of the run. */
  sweep(runId: string): Promise<void>;
}

const ANSWER_MS = 60_000;

/** Speaks to the runner behind the unix socket at `socketPath`. */
export function createRunnerClient(socketPath: string): RunnerClient {
  const call = (path: string, body: unknown) => callRunner(socketPath, path, body);
  return {
    start: async (launch) => (await call('/start', describeLaunch(launch))) as LaunchAnswer,
    end: async (runId, stop) => {
      await call('/end', { runId, stop });
    },
    sweep: async (runId) => {
      await call('/sweep', { runId });
    },
  };
}

/** Field by field: the runner refuses what it does not know, and what a caller hands on beside them is not for it. */
const describeLaunch = ({ spec, command, token }: Launch): Launch => ({
  spec: {
    runId: spec.runId,
    continuation: spec.continuation,
    lockPath: spec.lockPath,
    cwd: spec.cwd,
    timeoutMs: spec.timeoutMs,
    sandbox: spec.sandbox,
    secrets: spec.secrets,
  },
  command: { argv: command.argv, env: command.env, stdinPath: command.stdinPath },
  token,
});

const REFUSED = new Set([400, 413]);

async function callRunner(socketPath: string, path: string, body: unknown): Promise<unknown> {
  const { status, answer } = await post(socketPath, path, JSON.stringify(body));
  const parsed = JSON.parse(answer) as { reason?: string };
  if (status === 200) return parsed;
  const reason = parsed.reason ?? `status ${status}`;
  if (REFUSED.has(status)) throw new PermanentError(`the runner does not take ${path}: ${reason}`);
  throw new ToolError(`the runner: ${reason}`);
}

async function post(
  socketPath: string,
  path: string,
  body: string,
): Promise<{ status: number; answer: string }> {
  return reachSocket(socketPath, async (reachable) => {
    const call = request({
      socketPath: reachable,
      path,
      method: 'POST',
      agent: false,
      headers: { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) },
      signal: AbortSignal.timeout(ANSWER_MS),
    });
    return new Promise((resolve, reject) => {
      call.once('response', (response) => {
        text(response).then(
          (answer) => {
            resolve({ status: response.statusCode ?? 0, answer });
          },
          (error: unknown) => {
            reject(unreachable(socketPath, error));
          },
        );
      });
      call.once('error', (error) => {
        reject(unreachable(socketPath, error));
      });
      call.end(body);
    });
  });
}

const unreachable = (socketPath: string, error: unknown): ToolError => {
  const why = (error as NodeJS.ErrnoException).code ?? (error as Error).message;
  return new ToolError(
    `the runner does not answer at ${socketPath} (${why}): is "orch runner" up, and ORCH_RUNNER_SOCKET the same for both?`,
  );
};
