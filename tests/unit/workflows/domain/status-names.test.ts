import { describe, expect, it } from 'vitest';
import { mayReplace, ourNameOf, stateFor } from '../../../../workflows/domain/status-names.ts';

const state = (name: string, group: string) => ({ id: name, name, group });
const plain = [
  state('Backlog', 'backlog'),
  state('In Progress', 'started'),
  state('STOP', 'cancelled'),
  state('Closed', 'cancelled'),
  state('Shipped', 'completed'),
];

describe('our names for board states', () => {
  it('come from the name itself or an alias, whatever the case', () => {
    const aliases = { Approved: ['Согласовано'] };
    expect(ourNameOf(' to analyse ', {})).toBe('To Analyse');
    expect(ourNameOf('согласовано', aliases)).toBe('Approved');
    expect(ourNameOf('Оценка', {})).toBe('Estimate');
    expect(ourNameOf('Someday', aliases)).toBe('Someday');
  });
});

describe('the state that shows a status', () => {
  it('falls back to In Progress for what is started', () => {
    expect(stateFor('Code Review', plain, {})?.name).toBe('In Progress');
    expect(stateFor('Blocked', [...plain, state('blocked', 'started')], {})?.name).toBe('blocked');
  });

  it('falls back to the group for the ends, never to a gesture', () => {
    expect(stateFor('Done', plain, {})?.name).toBe('Shipped');
    expect(stateFor('Cancelled', plain, {})?.name).toBe('Closed');
  });

  it('is none on a board without any', () => {
    expect(stateFor('Analysis', [state('Todo', 'unstarted')], {})).toBeNull();
  });
});

describe('I14: a terminal state', () => {
  const done = { name: 'Done', group: 'completed' } as const;
  const cancelled = { name: 'Cancelled', group: 'cancelled' } as const;

  it('is never overwritten by a status of a running task', () => {
    for (const end of [done, cancelled]) expect(mayReplace(end, 'Development', {})).toBe(false);
  });

  it('gives way to Done alone; cancelled work may be shown as cancelled', () => {
    expect(mayReplace(cancelled, 'Done', {})).toBe(true);
    expect(mayReplace(done, 'Cancelled', {})).toBe(false);
  });

  it('is not a gesture, so STOP and its alias can be answered', () => {
    const aliases = { STOP: ['Halt'] };
    expect(mayReplace({ name: 'Halt', group: 'cancelled' }, 'Blocked', aliases)).toBe(true);
  });
});
