import { describe, expect, it } from 'vitest';
import { rootMessage } from '../../../../workflows/domain/root-message.ts';

describe('the root message', () => {
  it('is what the innermost cause said', () => {
    const socket = new Error('connect ECONNREFUSED 127.0.0.1:3300');
    const tool = new Error('the forge does not answer', { cause: socket });
    expect(rootMessage(new Error('Activity task failed', { cause: tool }))).toBe(socket.message);
  });

  it('is the message itself when there is no cause, or the cause is no error', () => {
    expect(rootMessage(new Error('broken'))).toBe('broken');
    expect(rootMessage(new Error('broken', { cause: 'a word' }))).toBe('broken');
  });

  it('is one line of at most 300 characters', () => {
    expect(rootMessage(new Error('first\nsecond'))).toBe('first');
    expect(rootMessage(new Error('x'.repeat(1000)))).toHaveLength(300);
    expect(rootMessage(new Error(''))).toBe('');
  });
});
