import { parseDocument, stringify } from 'yaml';

/** What was read from a document: a value, or why there is none. Missing or broken is never a pass and never a throw. */
export type Parsed<T> = { kind: 'read'; value: T } | { kind: 'unreadable'; reason: string };

/** A document taken apart: keys of the frontmatter in lower case, and the Markdown below it. */
export interface Frontmatter {
  fields: ReadonlyMap<string, unknown>;
  body: string;
}

const LONGEST_DOCUMENT = 1_000_000;
const LONGEST_HEAD = 20_000;

/** Takes a document apart; `text` null = there is no such file. Tolerates BOM, CRLF and blank first lines, nothing else. */
export function parseFrontmatter(text: string | null): Parsed<Frontmatter> {
  if (text === null) return unreadable('the document is missing');
  if (text.length > LONGEST_DOCUMENT) return unreadable('the document is too long');
  const lines = text
    .replace(/^\uFEFF/, '')
    .replaceAll('\r\n', '\n')
    .trimStart()
    .split('\n');
  if (lines[0]?.trimEnd() !== '---') return unreadable('the document has no frontmatter');
  const end = lines.findIndex((line, index) => index > 0 && line.trimEnd() === '---');
  if (end < 0) return unreadable('the frontmatter has no end');
  const fields = parseHead(lines.slice(1, end).join('\n'));
  if (fields.kind === 'unreadable') return fields;
  return { kind: 'read', value: { fields: fields.value, body: lines.slice(end + 1).join('\n') } };
}

function parseHead(head: string): Parsed<ReadonlyMap<string, unknown>> {
  if (head.length > LONGEST_HEAD) return unreadable('the frontmatter is too long');
  try {
    const document = parseDocument(head, { schema: 'core', uniqueKeys: true, logLevel: 'silent' });
    const [problem] = document.errors;
    if (problem) return unreadable(`the frontmatter is not YAML: ${firstLine(problem.message)}`);
    const value: unknown = document.toJS({ maxAliasCount: 0, mapAsMap: true });
    return value instanceof Map ? lowerKeys(value) : unreadable('the frontmatter has no fields');
  } catch (error) {
    return unreadable(`the frontmatter is not YAML: ${firstLine(String(error))}`);
  }
}

function lowerKeys(map: Map<unknown, unknown>): Parsed<ReadonlyMap<string, unknown>> {
  const fields = new Map<string, unknown>();
  for (const [key, value] of map) {
    const name = String(key).toLowerCase();
    if (fields.has(name)) return unreadable(`the frontmatter has ${name} twice`);
    fields.set(name, value);
  }
  return { kind: 'read', value: fields };
}

/** A document of ours: frontmatter from `fields`, then `body`. What it writes, `parseFrontmatter` reads. */
export function renderFrontmatter(fields: Readonly<Record<string, unknown>>, body: string): string {
  return `---\n${stringify(fields, { lineWidth: 0 })}---\n\n${body.trim()}\n`;
}

/** A reason not to read a document. */
export function unreadable(reason: string): { kind: 'unreadable'; reason: string } {
  return { kind: 'unreadable', reason };
}

const firstLine = (text: string) => text.split('\n', 1)[0]?.slice(0, 200) ?? '';
