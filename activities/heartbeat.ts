import { Context } from '@temporalio/activity';

const BEAT_MS = 2000;

/** Runs `work` while telling Temporal every 2 s that it lives, with what `details` answers at that moment. Throws the reason of a cancellation. */
export async function withHeartbeats<T>(
  details: () => unknown,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const context = Context.current();
  const beat = (): void => {
    context.heartbeat(details());
  };
  beat();
  const timer = setInterval(beat, BEAT_MS);
  try {
    return await work(context.cancellationSignal);
  } catch (error) {
    // Node's own AbortError hides why: Temporal tells a pause or a reset from a cancel by the reason.
    if ((error as Error).name === 'AbortError') context.cancellationSignal.throwIfAborted();
    throw error;
  } finally {
    clearInterval(timer);
  }
}
