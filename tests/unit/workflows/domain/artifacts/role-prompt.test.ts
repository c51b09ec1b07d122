import { expect, it } from 'vitest';
import { bodyOfPrompt } from '../../../../../workflows/domain/artifacts/role-prompt.ts';

it.for([
  [
    '---\nname: developer\nmodel: some\n---\n\n# Developer\n\nBuild it.\n',
    '# Developer\n\nBuild it.\n',
  ],
  ['# Developer\n\n---\n\nBuild it.\n', '# Developer\n\n---\n\nBuild it.\n'],
  ['---\nnot: [closed\n---\n# Developer\n', '---\nnot: [closed\n---\n# Developer\n'],
  ['', ''],
])('%j is told as %j', ([text = '', told]) => {
  expect(bodyOfPrompt(text)).toBe(told);
});
