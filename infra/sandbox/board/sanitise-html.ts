import { escapeHtml } from '../kit/page.ts';

const KEPT = new Set(
  (
    'a abbr b blockquote br code del div em h1 h2 h3 h4 h5 h6 hr i ins li mark ol p pre s small span ' +
    'strike strong sub sup table tbody td th thead tr u ul'
  ).split(' '),
);
const VOID = new Set(['br', 'hr']);
const TOKEN =
  /<!--[\s\S]*?(?:-->|$)|<(script|style|iframe|svg|math|title|textarea)\b[\s\S]*?(?:<\/\1\s*>|$)|<(\/?)([a-z][a-z0-9-]*)((?:"[^"]*"|'[^']*'|[^'">])*)>|&(?:#\d+|#x[0-9a-f]+|[a-z][a-z0-9]*);|[<>&]/gi;
const SAFE_URL = /^(?:https?:|mailto:|\/(?!\/)|#)/i;

/** Keeps harmless markup, drops every other tag and attribute, escapes stray characters and closes what was left open. */
export function sanitiseHtml(source: string): string {
  const open: string[] = [];
  const safe = source.replaceAll(TOKEN, (...match: unknown[]) => {
    const [token, , slash, tag, attributes] = match as (string | undefined)[];
    if (tag !== undefined) return rewriteTag({ tag: tag.toLowerCase(), slash, attributes }, open);
    const text = token ?? '';
    if (text.length === 1) return escapeHtml(text);
    return text.startsWith('&') ? text : '';
  });
  return (
    safe +
    open
      .toReversed()
      .map((tag) => `</${tag}>`)
      .join('')
  );
}

/** The text of some HTML, without tags. */
export function stripTags(source: string): string {
  return source.replaceAll(/<[^>]*>/g, '').trim();
}

function rewriteTag(
  {
    tag,
    slash,
    attributes = '',
  }: { tag: string; slash: string | undefined; attributes: string | undefined },
  open: string[],
): string {
  if (!KEPT.has(tag)) return '';
  if (slash === '/') return closeTag(tag, open);
  if (!VOID.has(tag)) open.push(tag);
  return `<${tag}${keptAttribute(tag, attributes)}>`;
}

function closeTag(tag: string, open: string[]): string {
  const at = open.lastIndexOf(tag);
  if (at < 0) return '';
  return open
    .splice(at)
    .toReversed()
    .map((inner) => `</${inner}>`)
    .join('');
}

function keptAttribute(tag: string, attributes: string): string {
  if (tag !== 'a') return '';
  const match = /(?:^|\s)href\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))/i.exec(attributes);
  const url = (match?.[1] ?? match?.[2] ?? match?.[3] ?? '').trim();
  if (!SAFE_URL.test(url)) return '';
  return ` href="${escapeHtml(url.replaceAll('&amp;', '&'))}" rel="noopener noreferrer"`;
}
