import { escapeHtml } from '../kit/page.ts';

/** A formatted part of a text; offset and length in UTF-16 units. */
export interface Entity {
  readonly type: string;
  readonly offset: number;
  readonly length: number;
  readonly url?: string;
  readonly language?: string;
}

/** A message text without its markup, what was marked up, and the same as safe HTML for a page. */
export interface ParsedText {
  readonly text: string;
  readonly entities: readonly Entity[];
  readonly html: string;
}

/** Markup that cannot be parsed; the message is what the Bot API says after "can't parse entities: ". */
export class MarkupError extends Error {}

const TYPES: Readonly<Record<string, string>> = {
  a: 'text_link',
  b: 'bold',
  strong: 'bold',
  i: 'italic',
  em: 'italic',
  u: 'underline',
  ins: 'underline',
  s: 'strikethrough',
  strike: 'strikethrough',
  del: 'strikethrough',
  code: 'code',
  pre: 'pre',
  blockquote: 'blockquote',
  'tg-spoiler': 'spoiler',
  span: 'spoiler',
  'tg-emoji': 'custom_emoji',
};
const PAGE_TAGS: Readonly<Record<string, string>> = {
  bold: 'b',
  italic: 'i',
  underline: 'u',
  strikethrough: 's',
  code: 'code',
  pre: 'pre',
  blockquote: 'blockquote',
};
const NAMED: Readonly<Record<string, string>> = { lt: '<', gt: '>', amp: '&', quot: '"' };
const TOKEN = /<(\/?)([^\s>]*)|&(?:(lt|gt|amp|quot)|#(\d+)|#x([0-9a-f]+));?/gi;

interface OpenTag {
  readonly tag: string;
  readonly offset: number;
  readonly attributes: Readonly<Record<string, string>>;
  readonly pageTag: string;
}

/** Reads the HTML parse mode as the Bot API does. Throws MarkupError with its texts; offsets in them are bytes. Source: the Bot API's HTML style. */
export function parseEntities(source: string): ParsedText {
  return new EntityParser(source).parse();
}

class EntityParser {
  readonly #source: string;
  readonly #open: OpenTag[] = [];
  readonly #entities: Entity[] = [];
  #text = '';
  #html = '';

  constructor(source: string) {
    this.#source = source;
  }

  parse(): ParsedText {
    let at = 0;
    while (at < this.#source.length) {
      TOKEN.lastIndex = at;
      const token = TOKEN.exec(this.#source);
      this.#append(this.#source.slice(at, token?.index));
      if (token === null) break;
      at = token[0].startsWith('<') ? this.#readTag(token) : this.#readCharacter(token);
    }
    const unclosed = this.#open.at(-1);
    if (unclosed !== undefined) {
      throw new MarkupError(`Can't find end tag corresponding to start tag "${unclosed.tag}"`);
    }
    // Tags close from the inside out, so reversing puts the outer of two equal ranges first.
    const entities = this.#entities
      .toReversed()
      .toSorted((a, b) => a.offset - b.offset || b.length - a.length);
    return { text: this.#text, entities, html: this.#html };
  }

  #append(text: string): void {
    this.#text += text;
    this.#html += escapeHtml(text);
  }

  #readCharacter(token: RegExpExecArray): number {
    const [whole, , , name, decimal, hex] = token;
    const code = decimal === undefined ? Number.parseInt(hex ?? '', 16) : Number(decimal);
    const isCode = code > 0 && code <= 0x10_ff_ff;
    this.#append(NAMED[name?.toLowerCase() ?? ''] ?? (isCode ? String.fromCodePoint(code) : whole));
    return token.index + whole.length;
  }

  #readTag(token: RegExpExecArray): number {
    const [whole, slash, name = ''] = token;
    const after = token.index + whole.length;
    return slash === '/'
      ? this.#close(name, token.index, after)
      : this.#start(name.toLowerCase(), token.index, after);
  }

  #start(tag: string, begin: number, after: number): number {
    const where = `at byte offset ${this.#byteOffset(begin)}`;
    if (after >= this.#source.length) throw new MarkupError(`Unclosed start tag ${where}`);
    const type = TYPES[tag];
    if (type === undefined) throw new MarkupError(`Unsupported start tag "${tag}" ${where}`);
    const { attributes, end } = readAttributes(this.#source, after, `of the tag "${tag}" ${where}`);
    if (tag === 'span' && attributes['class'] !== 'tg-spoiler') {
      throw new MarkupError(`Tag "span" must have class "tg-spoiler" ${where}`);
    }
    const { href } = attributes;
    const pageTag = href === undefined ? (PAGE_TAGS[type] ?? 'span') : 'a';
    const link = href !== undefined && /^https?:/.test(href) ? ` href="${escapeHtml(href)}"` : '';
    this.#html += `<${pageTag}${link}>`;
    this.#open.push({ tag, offset: this.#text.length, attributes, pageTag });
    return end;
  }

  #close(name: string, begin: number, after: number): number {
    const where = `at byte offset ${this.#byteOffset(begin)}`;
    const opened = this.#open.pop();
    if (opened === undefined) throw new MarkupError(`Unexpected end tag ${where}`);
    const end = this.#source.slice(after).search(/\S/) + after;
    if (this.#source[end] !== '>') throw new MarkupError(`Unclosed end tag ${where}`);
    if (name !== '' && name !== opened.tag) {
      throw new MarkupError(
        `Unmatched end tag ${where}, expected "</${opened.tag}>", found "</${name}>"`,
      );
    }
    this.#html += `</${opened.pageTag}>`;
    this.#note(opened);
    return end + 1;
  }

  #note(opened: OpenTag): void {
    const { offset, attributes } = opened;
    const type = entityType(opened);
    const length = this.#text.length - offset;
    const { href, class: className } = attributes;
    if (length === 0 || (type === 'text_link' && href === undefined)) return;
    this.#entities.push({
      type,
      offset,
      length,
      ...(href !== undefined && { url: href }),
      ...(type === 'code' && className !== undefined && { language: className }),
    });
  }

  #byteOffset(index: number): number {
    return Buffer.byteLength(this.#source.slice(0, index));
  }
}

function entityType({ tag, attributes }: OpenTag): string {
  if (tag === 'blockquote' && 'expandable' in attributes) return 'expandable_blockquote';
  return TYPES[tag] ?? tag;
}

function readAttributes(source: string, from: number, ofTag: string) {
  const attribute = /\s*(?:(>)|([^\s=>"']+)(?:\s*=\s*("[^"]*"|'[^']*'|[\w.-]+(?=[\s>])))?)/gy;
  const attributes: Record<string, string> = {};
  attribute.lastIndex = from;
  for (;;) {
    const match = attribute.exec(source);
    if (match === null) throw new MarkupError(`Unclosed or malformed declaration ${ofTag}`);
    const [, closing, name = '', value] = match;
    if (closing !== undefined) return { attributes, end: attribute.lastIndex };
    if (value === undefined && name !== 'expandable') {
      throw new MarkupError(`Expected equal sign in declaration of an attribute ${ofTag}`);
    }
    attributes[name] = readValue(value ?? '');
  }
}

function readValue(literal: string): string {
  const isQuoted = literal.startsWith('"') || literal.startsWith("'");
  if (!isQuoted) return literal.toLowerCase();
  return literal
    .slice(1, -1)
    .replaceAll(/&(lt|gt|amp|quot);/g, (whole, name: string) => NAMED[name] ?? whole);
}
