/** Does work one after the other that has the same key, and at once what has different ones. */
export type TakeTurns = <T>(key: string, work: () => Promise<T>) => Promise<T>;

/** Turns of their own. Work that fails keeps nobody from the next turn; a key without work is forgotten. */
export function createTurns(): TakeTurns {
  const last = new Map<string, Promise<unknown>>();
  return (key, work) => {
    const turn = (last.get(key) ?? Promise.resolve()).then(work);
    const settled = turn
      .catch(() => undefined)
      .then(() => {
        if (last.get(key) === settled) last.delete(key);
      });
    last.set(key, settled);
    return turn;
  };
}
