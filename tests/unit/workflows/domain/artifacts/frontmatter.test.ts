import { describe, expect, it } from 'vitest';
import {
  parseFrontmatter,
  renderFrontmatter,
} from '../../../../../workflows/domain/artifacts/frontmatter.ts';

describe('frontmatter', () => {
  it('reads fields and body; BOM, CRLF and blank first lines do not matter', () => {
    const parsed = parseFrontmatter('\uFEFF\r\n\r\n---\r\nVerdict: APPROVED\r\n---\r\n# Title\r\n');
    expect(parsed).toEqual({
      kind: 'read',
      value: { fields: new Map([['verdict', 'APPROVED']]), body: '# Title\n' },
    });
  });

  it('what is rendered is read back as it was', () => {
    const fields = { work_item: 'NOTE-1', title: 'a: "b"\n---\nverdict: APPROVED', count: 3 };
    const parsed = parseFrontmatter(renderFrontmatter(fields, '# Body\n\n---\ntext'));
    expect(parsed.kind === 'read' && Object.fromEntries(parsed.value.fields)).toEqual(fields);
    expect(parsed.kind === 'read' && parsed.value.body.trim()).toBe('# Body\n\n---\ntext');
  });

  const bomb = ['a: &a [x, x]', 'b: &b [*a, *a]', 'c: [*b, *b]'].join('\n');

  it.each([
    ['a missing file', null],
    ['an empty file', ''],
    ['no frontmatter', 'verdict: APPROVED'],
    ['a fenced block', '```yaml\n---\nverdict: APPROVED\n---\n```'],
    ['a head without an end', '---\nverdict: APPROVED\n'],
    ['a list', '---\n- verdict\n---\n'],
    ['an empty head', '---\n---\n'],
    ['a tab', '---\nverdict:\n\t- x\n---\n'],
    ['a key twice', '---\nverdict: APPROVED\nverdict: REQUEST_CHANGES\n---\n'],
    ['a key twice in another case', '---\nverdict: APPROVED\nVerdict: REJECTED\n---\n'],
    ['aliases', `---\n${bomb}\n---\n`],
    ['an unknown tag with a broken value', '---\nverdict: !!js/function [\n---\n'],
    ['a head that is too long', `---\nverdict: ${'x'.repeat(30_000)}\n---\n`],
    ['a document that is too long', `---\na: 1\n---\n${'x'.repeat(1_100_000)}`],
  ])('is unreadable with %s, and never throws', (_, text) => {
    expect(parseFrontmatter(text)).toMatchObject({ kind: 'unreadable' });
  });

  it('a field named like part of an object is just a field', () => {
    const parsed = parseFrontmatter('---\n__proto__: {verdict: APPROVED}\nconstructor: 1\n---\n');
    expect(parsed.kind === 'read' && parsed.value.fields.get('verdict')).toBeUndefined();
  });
});
