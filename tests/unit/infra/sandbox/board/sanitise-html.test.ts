import { expect, it } from 'vitest';
import { sanitiseHtml } from '../../../../../infra/sandbox/board/sanitise-html.ts';

it.each([
  ['<p>a <b>b</b></p>', '<p>a <b>b</b></p>'],
  ['<p onclick="x()">a<script>alert(1)</script></p>', '<p>a</p>'],
  ['takes <1m & more', 'takes &lt;1m &amp; more'],
  ['a &amp; b &#39;', 'a &amp; b &#39;'],
  ['<img src=x onerror=alert(1)>x', 'x'],
  ['<a href="javascript:alert(1)">x</a>', '<a>x</a>'],
  [
    '<a href="https://x/?a=1&b=2">x</a>',
    '<a href="https://x/?a=1&amp;b=2" rel="noopener noreferrer">x</a>',
  ],
  ['<p><b>open', '<p><b>open</b></p>'],
  ['</p>x</div>', 'x'],
  ['<scr<script>x</script>ipt>', 'xipt&gt;'],
  ['<p title="a>b<i>">x</p>', '<p>x</p>'],
])('turns %s into harmless HTML', (source, safe) => {
  expect(sanitiseHtml(source)).toBe(safe);
});
