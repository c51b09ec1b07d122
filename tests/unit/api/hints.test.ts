import { expect, it } from 'vitest';
import { createHints } from '../../../api/hints.ts';
import type { Hint, TaskSignals } from '../../../api/hint.ts';

type Call = PromiseWithResolvers<'sent' | 'no task'> & { hint: Hint };

/** Hints over a Temporal whose answers and a clock whose ticks the test gives. */
function world() {
  const calls: Call[] = [];
  const paces: PromiseWithResolvers<void>[] = [];
  const signals: TaskSignals = {
    send(hint) {
      const call = { ...Promise.withResolvers<'sent' | 'no task'>(), hint };
      calls.push(call);
      return call.promise;
    },
  };
  const pace = () => {
    const tick = Promise.withResolvers<void>(); // eslint-disable-line @typescript-eslint/no-invalid-void-type
    paces.push(tick);
    return tick.promise;
  };
  return { calls, paces, hints: createHints({ signals, pace }) };
}

/** Lets everything that can go on without a call or a tick go on. */
const settle = () => new Promise((resolve) => setImmediate(resolve));
const board = (id: string): Hint => ({ kind: 'board', id: id as never });

it('sends the first hint at once and what arrives meanwhile with one more call', async () => {
  const { calls, paces, hints } = world();
  const answers = Array.from({ length: 100 }, () => hints.send(board('NOTE-1')));
  await settle();
  expect(calls).toHaveLength(1);

  calls[0]?.resolve('sent');
  paces[0]?.resolve();
  await settle();
  expect(calls).toHaveLength(2);

  calls[1]?.resolve('no task');
  expect(await Promise.all(answers)).toEqual(['sent', ...Array<string>(99).fill('no task')]);
});

it('never lets a delivery share the call already in flight', async () => {
  const { calls, paces, hints } = world();
  void hints.send(board('NOTE-1'));
  const late = hints.send(board('NOTE-1'));
  let isAnswered = false;
  void late.then(() => (isAnswered = true));
  calls[0]?.resolve('sent');
  await settle();
  expect(isAnswered).toBe(false);
  paces[0]?.resolve();
  await settle();
  calls[1]?.resolve('sent');
  expect(await late).toBe('sent');
});

it.each(['call', 'tick'] as const)('waits for the %s that is still out', async (out) => {
  const { calls, paces, hints } = world();
  void hints.send(board('NOTE-1'));
  void hints.send(board('NOTE-1'));
  if (out === 'tick') calls[0]?.resolve('sent');
  else paces[0]?.resolve();
  await settle();
  expect(calls).toHaveLength(1);
  calls[0]?.resolve('sent');
  paces[0]?.resolve();
  await settle();
  expect(calls).toHaveLength(2);
});

it('paces a hint that comes after the first was answered but before the tick', async () => {
  const { calls, paces, hints } = world();
  void hints.send(board('NOTE-1'));
  calls[0]?.resolve('sent');
  await settle();
  void hints.send(board('NOTE-1'));
  await settle();
  expect(calls).toHaveLength(1);
  paces[0]?.resolve();
  await settle();
  expect(calls).toHaveLength(2);
});

it('starts afresh after a quiet time', async () => {
  const { calls, paces, hints } = world();
  void hints.send(board('NOTE-1'));
  calls[0]?.resolve('sent');
  paces[0]?.resolve();
  await settle();
  void hints.send(board('NOTE-1'));
  expect(calls).toHaveLength(2);
});

it('tells everybody who shares a failed call, and only them', async () => {
  const { calls, paces, hints } = world();
  const first = hints.send(board('NOTE-1'));
  const others = [hints.send(board('NOTE-1')), hints.send(board('NOTE-1'))];
  calls[0]?.resolve('sent');
  paces[0]?.resolve();
  await settle();
  calls[1]?.reject(new Error('away'));
  expect(await first).toBe('sent');
  for (const other of others) await expect(other).rejects.toThrow('away');
});

it('goes on after a failed call', async () => {
  const { calls, paces, hints } = world();
  const failed = hints.send(board('NOTE-1'));
  const next = hints.send(board('NOTE-1'));
  calls[0]?.reject(new Error('away'));
  await expect(failed).rejects.toThrow('away');
  paces[0]?.resolve();
  await settle();
  calls[1]?.resolve('sent');
  expect(await next).toBe('sent');
});

it('keeps targets apart: tasks, and board from forge', () => {
  const { calls, hints } = world();
  const sha = 'a'.repeat(40) as never;
  void hints.send(board('NOTE-1'));
  void hints.send(board('NOTE-2'));
  void hints.send({ kind: 'forge', id: 'NOTE-1' as never });
  void hints.send({ kind: 'status', repo: 'acme/notes' as never, sha });
  expect(calls).toHaveLength(4);
});

it('a start among shared hints is never lost to a plain one', async () => {
  const { calls, paces, hints } = world();
  const input = { id: 'NOTE-1', project: 'notes', itemId: 'x', repo: 'acme/notes' } as never;
  void hints.send(board('NOTE-1'));
  void hints.send({ kind: 'start', input, title: 'A title' });
  void hints.send(board('NOTE-1'));
  calls[0]?.resolve('no task');
  paces[0]?.resolve();
  await settle();
  expect(calls[1]?.hint.kind).toBe('start');
});
