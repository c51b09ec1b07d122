import { describe, expect, it } from 'vitest';
import { checkEntry, isAutomatic, trackOf } from '../../../../workflows/domain/entry-check.ts';
import { boardItem } from '../../../world/task-at.ts';

describe('the entry check', () => {
  it.each([
    ['one character', 'x'],
    ['200 characters', 'x'.repeat(200)],
    ['200 characters and blanks around them', ` ${'x'.repeat(200)} `],
    ['another alphabet', 'Добавить страницу'],
  ])('takes a title of %s', (_, title) => {
    expect(checkEntry(boardItem({ title }))).toEqual([]);
  });

  it.each([
    ['', /the title is empty/],
    [' \t ', /the title is empty/],
    ['x'.repeat(201), /201 characters: shorten it to 200/],
  ])('refuses the title %j and says what to do', (title, problem) => {
    expect(checkEntry(boardItem({ title }))).toEqual([expect.stringMatching(problem)]);
  });

  it('ORCH-119: refuses an item without a description', () => {
    const problems = checkEntry(boardItem({ hasDescription: false }));
    expect(problems).toEqual([expect.stringMatching(/the description is empty/)]);
  });

  it('names every problem at once', () => {
    expect(checkEntry(boardItem({ title: '', hasDescription: false }))).toHaveLength(2);
  });
});

describe('the track', () => {
  it.each([
    [['Bug'], 'bug'],
    [['bug'], 'bug'],
    [['Other', 'BUG'], 'bug'],
    [[], 'full'],
    [['Bugfix', 'No Bug'], 'full'],
    [null, 'full'],
  ] as const)('of an item labelled %j is %s', (labels, track) => {
    expect(trackOf(boardItem({ labels }), 'Bug')).toBe(track);
  });
});

describe('a label that lifts a human gate', () => {
  const isLifted = (labels: readonly string[] | null, allowed = true) =>
    isAutomatic(boardItem({ labels }), 'autoDeploy', allowed);

  it('ORCH-089: lifts it when policy allows and it is there once', () => {
    expect(isLifted(['autoDeploy'])).toBe(true);
    expect(isLifted(['Bug', 'AUTODEPLOY'])).toBe(true);
  });

  it.each([
    ['the labels could not be read', null, true],
    ['it is not there', ['autoApprove', 'Bug'], true],
    ['only something like it is there', ['autoDeploy2', 'no autoDeploy'], true],
    ['two labels answer to the name', ['autoDeploy', 'AutoDeploy'], true],
    ['policy forbids it', ['autoDeploy'], false],
  ] as const)('ORCH-089: leaves the gate to a person when %s', (_, labels, allowed) => {
    expect(isLifted(labels, allowed)).toBe(false);
  });
});
