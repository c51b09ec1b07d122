import { describe, expect, it } from 'vitest';
import { parseEntities } from '../../../../../infra/sandbox/chat/parse-entities.ts';

describe('the HTML of the Bot API', () => {
  it('becomes a text and entities counted in UTF-16 units', () => {
    const parsed = parseEntities(
      '😀 <b>a <i>b</i></b> &lt;1m <a href="http://x/?a=1&amp;b=2">l</a>',
    );
    expect(parsed.text).toBe('😀 a b <1m l');
    expect(parsed.entities).toEqual([
      { type: 'bold', offset: 3, length: 3 },
      { type: 'italic', offset: 5, length: 1 },
      { type: 'text_link', offset: 11, length: 1, url: 'http://x/?a=1&b=2' },
    ]);
  });

  it('knows code blocks, spoilers and expandable quotes', () => {
    const source =
      '<pre><code class="language-ts">x</code></pre><span class="tg-spoiler">y</span><blockquote expandable>z</blockquote>';
    const types = parseEntities(source).entities.map(({ type }) => type);
    expect(types).toEqual(['pre', 'code', 'spoiler', 'expandable_blockquote']);
  });

  it.each([
    ['took <1m to run', 'Unsupported start tag "1m" at byte offset 5'],
    ['Тест <1m ok', 'Unsupported start tag "1m" at byte offset 9'],
    ['a <br> b', 'Unsupported start tag "br" at byte offset 2'],
    ['<b>bold', 'Can\'t find end tag corresponding to start tag "b"'],
    ['a</b>', 'Unexpected end tag at byte offset 1'],
    ['<b><i>x</b></i>', 'Unmatched end tag at byte offset 7, expected "</i>", found "</b>"'],
    ['a <1m', 'Unclosed start tag at byte offset 2'],
    ['<span>x</span>', 'Tag "span" must have class "tg-spoiler" at byte offset 0'],
  ])('refuses %s with the words of the real service', (source, message) => {
    expect(() => parseEntities(source)).toThrow(message);
  });
});
