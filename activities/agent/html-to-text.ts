const ENTITIES: Readonly<Record<string, string>> = {
  amp: '&',
  apos: "'",
  gt: '>',
  lt: '<',
  nbsp: ' ',
  quot: '"',
};
const LONGEST = 200_000;
const BLOCKS = new Set(
  'p div h1 h2 h3 h4 h5 h6 ul ol pre blockquote table tr section article'.split(' '),
);
const UNREAD = new Set(['script', 'style', 'head', 'template']);

interface Tag {
  name: string;
  closes: boolean;
  href: string | null;
}

/** What was read so far; `unread` = the element whose content is skipped, `href` = the link that is open. */
interface Reading {
  text: string;
  unread: string | null;
  href: string | null;
}

/**
 * The plain text of a board's HTML: blocks become lines, list items dashes, links keep their address. Everything else is
 * dropped. Takes time in proportion to the text, whatever it holds.
 */
export function htmlToText(html: string): string {
  const reading: Reading = { text: '', unread: null, href: null };
  for (const piece of html.slice(0, LONGEST).match(/<[^<>]*>|[^<]+|</g) ?? []) {
    readPiece(reading, piece);
  }
  return tidy(reading.text.replace(/&(#x[0-9a-f]{1,6}|#\d{1,7}|[a-z]{1,10});/gi, decodeEntity));
}

function readPiece(reading: Reading, piece: string): void {
  const tag = readTag(piece);
  if (reading.unread !== null) {
    if (tag?.closes === true && tag.name === reading.unread) reading.unread = null;
  } else if (tag === null) {
    reading.text += piece;
  } else if (tag.name === 'a') {
    readLink(reading, tag);
  } else if (UNREAD.has(tag.name)) {
    reading.unread = tag.closes ? null : tag.name;
  } else {
    reading.text += breakFor(tag);
  }
}

function readLink(reading: Reading, { closes, href }: Tag): void {
  const open = reading.href;
  if (closes && open !== null && !reading.text.endsWith(open)) reading.text += ` (${open})`;
  reading.href = href;
}

/** Null for a piece of text, also for a lonely `<`. */
function readTag(piece: string): Tag | null {
  const found = /^<(\/?)([a-z][a-z0-9]*|!)/i.exec(piece);
  if (found === null || !piece.endsWith('>')) return null;
  const href = /\shref="([^"]*)"/i.exec(piece)?.[1] ?? null;
  return { name: (found[2] ?? '').toLowerCase(), closes: found[1] === '/', href };
}

function breakFor({ name, closes }: Tag): string {
  if (name === 'br') return '\n';
  if (name === 'li') return closes ? '' : '\n- ';
  return closes && BLOCKS.has(name) ? '\n' : '';
}

const tidy = (text: string) =>
  text
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n')
    .replace(/\n{3,}/g, '\n\n')
    .trim();

function decodeEntity(whole: string, name: string): string {
  if (!name.startsWith('#')) return ENTITIES[name.toLowerCase()] ?? whole;
  const code = /^#x/i.test(name) ? parseInt(name.slice(2), 16) : Number(name.slice(1));
  return code > 0 && code <= 0x10ffff ? String.fromCodePoint(code) : '';
}
