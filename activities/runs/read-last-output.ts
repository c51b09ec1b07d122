import { open } from 'node:fs/promises';
import type { RunExit } from './runs.ts';

/** The end of what the last launch of a run wrote, at most `longest` bytes: that of an earlier one, which died, is history. */
export async function readLastOutput(
  exit: RunExit,
  output: 'stdout' | 'stderr',
  longest: number,
): Promise<string> {
  if (exit.launches === 0) return '';
  const from = exit.lastLaunch[`${output}From`];
  const file = await open(exit[`${output}Path`]);
  try {
    const { size } = await file.stat();
    const length = Math.max(0, Math.min(size - from, longest));
    const { buffer } = await file.read(Buffer.alloc(length), 0, length, size - length);
    return buffer.toString('utf8');
  } finally {
    await file.close();
  }
}
