import { expect, it } from 'vitest';
import { classifyMergeRefusal } from '../../../activities/forge/merge-pull-request.ts';

it.each([
  [405, 'Please try again later', 'later'],
  [405, 'The PR is already merged', 'later'],
  [405, 'not ready to merge: Not all required status checks successful', 'later'],
  [405, 'User not allowed to merge PR', 'refused'],
  [405, 'Work in progress PRs cannot be merged', 'refused'],
  [405, 'fast-forward-only is not allowed an allowed merge style for this repository', 'refused'],
  [408, '', 'later'],
  [409, 'head out of date', 'later'],
  [429, '', 'later'],
  [500, '', 'later'],
  [503, '', 'later'],
  [401, '', 'refused'],
  [403, '', 'refused'],
  [404, '', 'refused'],
  [422, '', 'refused'],
  [423, 'archived', 'refused'],
])('a merge answered with %i "%s" is %s', (status, message, kind) => {
  expect(classifyMergeRefusal({ status, message }).kind).toBe(kind);
});
