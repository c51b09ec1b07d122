import { parseFrontmatter, unreadable } from './frontmatter.ts';
import type { Parsed } from './frontmatter.ts';

/** File name of the analyst's questions. */
export const QUESTIONS_DOCUMENT = '01-questions.md';

/** The analyst's questions: how many there are and their text for the task file. */
export interface Questions {
  count: number;
  text: string;
}

/** Reads 01-questions.md. Numbered lines count as questions, else lines that end in a question mark; text without either is one. */
export function parseQuestions(text: string | null): Parsed<Questions> {
  if (text === null) return unreadable('the document is missing');
  const parsed = parseFrontmatter(text);
  const body = (parsed.kind === 'read' ? parsed.value.body : text).trim();
  const lines = body.split('\n').filter((line) => line.trim() !== '' && !/^\s*#{1,2}\s/.test(line));
  if (lines.length === 0) return unreadable('the document asks nothing');
  const numbered = lines.filter((line) => /^\s{0,3}(#{3,6}\s+)?\**\d{1,3}[.)]\**\s+\S/.test(line));
  const asking = lines.filter((line) => /\?\W*$/.test(line.trimEnd().slice(-10)));
  return {
    kind: 'read',
    value: {
      count: Math.max(1, numbered.length > 0 ? numbered.length : asking.length),
      text: body,
    },
  };
}
