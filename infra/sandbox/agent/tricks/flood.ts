import { once } from 'node:events';
import { setImmediate as breathe } from 'node:timers/promises';
import type { Stream } from '../stream.ts';

const LINE_BYTES = 64 * 1024;
/** The long line's share of the flood: 100 MB of 1 GB. */
const LONG_LINE_SHARE = 0.1;

/** Waits until the reader has taken what was printed, and lets signals be heard. */
async function flush(): Promise<void> {
  if (process.stdout.writableNeedDrain) await once(process.stdout, 'drain');
  await breathe();
}

/** Prints `bytes` in events of 64 KiB, then one line of a tenth of it. */
export async function flood(stream: Stream, bytes: number): Promise<void> {
  const output = 'All work and no play makes a dull log. '
    .repeat(LINE_BYTES / 32)
    .slice(0, LINE_BYTES);
  for (let printed = 0; printed < bytes; printed += LINE_BYTES) {
    stream.answer({ use: { tool: 'Bash', input: { command: 'cat build.log' }, output } });
    await flush();
  }
  const longBytes = bytes * LONG_LINE_SHARE;
  process.stdout.write('{"type":"keep_alive","filler":"');
  for (let printed = 0; printed < longBytes; printed += LINE_BYTES) {
    process.stdout.write(output.slice(0, Math.min(LINE_BYTES, longBytes - printed)));
    await flush();
  }
  process.stdout.write('"}\n');
}
