import { Context } from '@temporalio/activity';

const BEAT_MS = 2000;

/** Runs `work` while telling Temporal every 2 s that it lives, with what `details` answers at that moment. */
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
  } finally {
    clearInterval(timer);
  }
}
