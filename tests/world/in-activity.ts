import { asyncLocalStorage, Context } from '@temporalio/activity';
import type { Info } from '@temporalio/activity';
import { ActivityCancellationDetails } from '@temporalio/common';

/** What the server tells an attempt, and who listens to its heartbeats. */
interface Attempt {
  signal?: AbortSignal;
  /** aborting `signal` means this worker's end, nobody's wish */
  detaches?: boolean;
  /** details of the last heartbeat of the attempt before */
  heartbeatDetails?: unknown;
  onHeartbeat?: (details: unknown) => void;
}

/** Runs `work` as an attempt of an activity: with a context that carries `attempt`, and no server. */
export function inActivity<T>(work: () => Promise<T>, attempt: Attempt = {}): Promise<T> {
  const never = new Promise<never>(() => undefined);
  const silent = (): void => undefined;
  const log = {
    log: silent,
    trace: silent,
    debug: silent,
    info: silent,
    warn: silent,
    error: silent,
  };
  const context = new Context(
    {
      attempt: 1,
      activityId: '1',
      workflowExecution: { runId: 'run', workflowId: 'task' },
      heartbeatDetails: attempt.heartbeatDetails,
    } as Info,
    never,
    attempt.signal ?? new AbortController().signal,
    attempt.onHeartbeat ?? silent,
    undefined,
    log,
    undefined as never,
    { details: new ActivityCancellationDetails({ cancelRequested: attempt.detaches !== true }) },
  );
  return asyncLocalStorage.run(context, work);
}
