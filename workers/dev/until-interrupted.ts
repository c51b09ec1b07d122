const INTERRUPTED = 130;
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/**
 * Runs `work` with a signal that Ctrl-C, TERM, a closed terminal or a reader that went away aborts; an interrupted run answers
 * 130 once `work` has cleaned up.
 */
export async function untilInterrupted(
  work: (signal: AbortSignal) => Promise<number>,
): Promise<number> {
  const interruption = new AbortController();
  const interrupt = (): void => {
    interruption.abort();
  };
  for (const signal of SIGNALS) process.on(signal, interrupt);
  // Never taken off: what is said while cleaning up must not end us before that is done.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', interrupt);
  try {
    const code = await work(interruption.signal);
    return interruption.signal.aborted ? INTERRUPTED : code;
  } catch (error) {
    if (interruption.signal.aborted) return INTERRUPTED;
    throw error;
  } finally {
    for (const signal of SIGNALS) process.off(signal, interrupt);
  }
}
