import type { ZodType } from 'zod';
import { z } from 'zod';
import type { Frontmatter, Parsed } from './frontmatter.ts';
import { parseFrontmatter, unreadable } from './frontmatter.ts';

/** A status as written: any case, blanks and underscores as hyphens would be. */
const Word = z
  .string()
  .max(100)
  .transform((word) =>
    word
      .trim()
      .toUpperCase()
      .replace(/[\s-]+/g, '_'),
  );

/** Reads `text` as a document with one status field whose words `words` maps to ours. An unknown word is unreadable. */
export function readStatus<T>(
  text: string | null,
  field: string,
  words: Readonly<Record<string, T>>,
): Parsed<{ status: T; document: Frontmatter }> {
  const parsed = parseFrontmatter(text);
  if (parsed.kind === 'unreadable') return parsed;
  const word = readWord(parsed.value, field);
  if (word === null) return unreadable(`${field} is missing or not a word`);
  const known = Object.hasOwn(words, word) ? words[word] : undefined;
  if (known === undefined) return unreadable(`${field} has the unknown value ${word}`);
  return { kind: 'read', value: { status: known, document: parsed.value } };
}

/** The normalised word in `field`, null when it is absent or no text. */
export function readWord(document: Frontmatter, field: string): string | null {
  const word = Word.safeParse(document.fields.get(field));
  return word.success && word.data !== '' ? word.data : null;
}

/** The field `name` checked by `schema`, or `fallback` when it is absent or of another shape. */
export function readField<T>(
  document: Frontmatter,
  name: string,
  { schema, fallback }: { schema: ZodType<T>; fallback: T },
): T {
  const value = schema.safeParse(document.fields.get(name));
  return value.success ? value.data : fallback;
}

/** Whether the document says it belongs to another work item than `id`; silence is no claim. */
export function belongsElsewhere(document: Frontmatter, id: string): boolean {
  const named = document.fields.get('work_item');
  return named !== undefined && named !== id;
}
