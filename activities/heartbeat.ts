import { Context } from '@temporalio/activity';
import type { RunOwner } from './runs/runs.ts';

const BEAT_MS = 2000;

/** What ties an attempt of an activity to Temporal. */
export interface LifeLine {
  /** who this attempt is */
  owner: RunOwner;
  /** aborted when somebody asks for the work to end */
  cancel: AbortSignal;
  /** aborted when only this attempt must end: worker shutdown, time-out, pause, reset, activity not found */
  detach: AbortSignal;
  /** aborted with either of the two */
  signal: AbortSignal;
}

/**
 * Runs `work` while telling Temporal every 2 s that it lives, with what `details` answers at that moment. Throws the reason of
 * a cancellation.
 */
export async function withHeartbeats<T>(
  details: () => unknown,
  work: (life: LifeLine) => Promise<T>,
): Promise<T> {
  const context = Context.current();
  const beat = (): void => {
    context.heartbeat(details());
  };
  beat();
  const timer = setInterval(beat, BEAT_MS);
  try {
    return await work(lifeLineOf(context));
  } catch (error) {
    // Node's own AbortError hides why: Temporal tells a pause or a reset from a cancel by the reason.
    if ((error as Error).name === 'AbortError') context.cancellationSignal.throwIfAborted();
    throw error;
  } finally {
    clearInterval(timer);
  }
}

/** Tells a cancel request from everything else Temporal aborts an attempt for: those must end no run. */
function lifeLineOf(context: Context): LifeLine {
  const { cancellationSignal: signal, info } = context;
  const cancel = new AbortController();
  const detach = new AbortController();
  const pass = (): void => {
    const asked = context.cancellationDetails?.cancelRequested === true;
    (asked ? cancel : detach).abort(signal.reason);
  };
  if (signal.aborted) pass();
  else signal.addEventListener('abort', pass, { once: true });
  return {
    owner: {
      temporalRunId: info.workflowExecution?.runId ?? '',
      activityId: info.activityId,
      attempt: info.attempt,
    },
    cancel: cancel.signal,
    detach: detach.signal,
    signal,
  };
}
