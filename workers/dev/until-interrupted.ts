const INTERRUPTED = 130;

/** Runs `work` with a signal that Ctrl-C or TERM aborts; an interrupted run answers 130 once `work` has cleaned up. */
export async function untilInterrupted(
  work: (signal: AbortSignal) => Promise<number>,
): Promise<number> {
  const interruption = new AbortController();
  const interrupt = (): void => {
    interruption.abort();
  };
  process.on('SIGINT', interrupt).on('SIGTERM', interrupt);
  try {
    const code = await work(interruption.signal);
    return interruption.signal.aborted ? INTERRUPTED : code;
  } catch (error) {
    if (interruption.signal.aborted) return INTERRUPTED;
    throw error;
  } finally {
    process.off('SIGINT', interrupt).off('SIGTERM', interrupt);
  }
}
