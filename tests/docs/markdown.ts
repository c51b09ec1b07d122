import { globSync, readFileSync } from 'node:fs';

/** A link as written: inline, or the definition of a reference. `title` is the quoted text after the target, null = none. */
export interface Link {
  text: string;
  target: string;
  title: string | null;
}

/** A page of Markdown taken apart as far as tests look at it. Fenced code counts only in `text` and `blocks`. */
export interface Page {
  path: string;
  text: string;
  /** anchors of its headings, as forges make them */
  anchors: ReadonlySet<string>;
  links: readonly Link[];
  /** labels used as `[text][label]` without a definition, and defined without a use */
  danglingLabels: readonly string[];
  /** inline code */
  code: readonly string[];
  /** fenced blocks */
  blocks: readonly { language: string; body: string }[];
}

const FENCE = /^ *```(\w*)\n([\s\S]*?)^ *```$/gm;
const HEADING = /^#{1,6} (.+)$/gm;
const INLINE_LINK = /\[([^\]]+)\]\(([^)\s]+)\)/g;
const DEFINITION = /^\[([^\]]+)\]: (\S+)(?: ["'(](.+)["')])?$/gm;
const REFERENCE = /\[[^\]]+\]\[([^\]]+)\]/g;

/** The pages people read: README and everything in docs. */
export function readPages(): readonly Page[] {
  return ['README.md', ...globSync('docs/**/*.md').sort()].map(readPage);
}

/** Reads one page; throws when it is not there. */
export function readPage(path: string): Page {
  const text = readFileSync(path, 'utf8');
  const prose = text.replace(FENCE, '');
  const defined = [...prose.matchAll(DEFINITION)].map(toLink);
  const labels = new Set(defined.map((link) => link.text));
  const used = new Set([...prose.matchAll(REFERENCE)].map(([, label = '']) => label));
  return {
    path,
    text,
    anchors: anchorsOf(prose),
    links: [...[...prose.matchAll(INLINE_LINK)].map(toLink), ...defined],
    danglingLabels: [...labels.symmetricDifference(used)],
    code: [...prose.matchAll(/`([^`\n]+)`/g)].map(([, code = '']) => code),
    blocks: [...text.matchAll(FENCE)].map(([, language = '', body = '']) => ({ language, body })),
  };
}

/** Rows of the first table under the heading `heading`, cells trimmed, without its head. Throws when there is none. */
export function readTable(page: Page, heading: string): readonly (readonly string[])[] {
  const [, section] = page.text.split(new RegExp(`^#{1,6} ${RegExp.escape(heading)}$`, 'm'));
  const table = /(?:^\|.*\|\n)+/m.exec(section?.split(/^#{1,6} /m)[0] ?? '')?.[0];
  if (table === undefined) throw new Error(`${page.path} has no table under "${heading}"`);
  const rows = table.trimEnd().split('\n').slice(2);
  return rows.map((row) =>
    row
      .split(/(?<!\\)\|/)
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
}

const toLink = ([, text = '', target = '', title]: RegExpExecArray): Link => ({
  text,
  target,
  title: title ?? null,
});

function anchorsOf(prose: string): Set<string> {
  const anchors = new Set<string>();
  for (const [, heading = ''] of prose.matchAll(HEADING)) {
    const plain = heading.replace(/\[([^\]]+)\]\([^)]+\)/g, '$1').toLowerCase();
    const slug = plain
      .replace(/[^\p{L}\p{N}\s_-]/gu, '')
      .trim()
      .replace(/\s/g, '-');
    let anchor = slug;
    for (let copy = 1; anchors.has(anchor); copy += 1) anchor = `${slug}-${copy}`;
    anchors.add(anchor);
  }
  return anchors;
}
