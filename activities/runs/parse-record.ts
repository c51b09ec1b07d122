/** Reads a record of ours; what a power cut left half written is as good as absent: null. */
export function parseRecord(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return null;
  }
}
