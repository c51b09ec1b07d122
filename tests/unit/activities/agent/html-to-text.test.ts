import { expect, it } from 'vitest';
import { htmlToText } from '../../../../activities/agent/html-to-text.ts';

it.each([
  ['<p>One</p><p>Two</p>', 'One\nTwo'],
  ['a<br>b<br/>c', 'a\nb\nc'],
  ['<ul><li><p>one</p></li><li>two</li></ul>', '- one\n\n- two'],
  [
    '<a href="http://x/y">here</a> and <a href="http://z">http://z</a>',
    'here (http://x/y) and http://z',
  ],
  ['1 &lt; 2 &amp;&amp; 3 &gt; 2 &#39;x&#x27; &nbsp;|&unknown;', "1 < 2 && 3 > 2 'x'  |&unknown;"],
  ['&amp;lt;script&amp;gt;', '&lt;script&gt;'],
  ['<script>alert(1)</script><style>p{}</style><!-- no -->yes', 'yes'],
  ['a < b and c > d', 'a < b and c > d'],
  ['&#0;&#9999999;x', 'x'],
  ['', ''],
])('%j reads as %j', (html, text) => {
  expect(htmlToText(html)).toBe(text);
});

it.each(['<a href="x', '<script>', '<!--', '<li', '<p', '&#', '\n ', '<', ' <a\thref="'])(
  'a long text of nothing but %j is read in time',
  (piece) => {
    expect(htmlToText(piece.repeat(200_000)).length).toBeLessThanOrEqual(200_000);
  },
);
