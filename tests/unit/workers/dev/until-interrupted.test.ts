import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import { untilInterrupted } from '../../../../workers/dev/until-interrupted.ts';

const brokenPipe = Object.assign(new Error('write EPIPE'), { code: 'EPIPE' });

describe('work that lasts until it is interrupted', () => {
  it.for([
    ['Ctrl-C', () => process.emit('SIGINT')],
    ['TERM', () => process.emit('SIGTERM')],
    ['a closed terminal', () => process.emit('SIGHUP')],
    ['a reader that went away', () => process.stdout.emit('error', brokenPipe)],
  ] as const)('is told of %s, cleans up and answers 130', async ([, interrupt]) => {
    const done: string[] = [];
    const code = untilInterrupted(async (signal) => {
      await once(signal, 'abort');
      done.push('cleaned up');
      return 0;
    });
    interrupt();
    expect(await code).toBe(130);
    expect(done).toEqual(['cleaned up']);
  });

  it('answers its own code when nobody interrupts', async () => {
    expect(await untilInterrupted(() => Promise.resolve(1))).toBe(1);
  });
});
