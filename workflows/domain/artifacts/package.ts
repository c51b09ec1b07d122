import type { TaskId } from '../ids.ts';
import { parseFrontmatter } from './frontmatter.ts';
import { belongsElsewhere } from './status-field.ts';

/** The analyst's package, file names inside the task's documents folder. */
export const PACKAGE_DOCUMENTS = [
  '01-brd.md',
  '02-requirements.md',
  '03-acceptance.md',
  '04-scope.md',
  '05-plan.md',
] as const;

/** Names of the package's documents that are absent, empty, broken or of another work item; empty = the package is complete. */
export function findMissingDocuments(
  texts: Readonly<Record<string, string | null>>,
  id: TaskId,
): readonly string[] {
  return PACKAGE_DOCUMENTS.filter((name) => !isWritten(texts[name] ?? null, id));
}

function isWritten(text: string | null, id: TaskId): boolean {
  if (text === null) return false;
  if (!/^\uFEFF?\s*---/.test(text)) return saysSomething(text);
  const parsed = parseFrontmatter(text);
  return (
    parsed.kind === 'read' &&
    !belongsElsewhere(parsed.value, id) &&
    saysSomething(parsed.value.body)
  );
}

/** Headings alone are a form nobody filled in. */
const saysSomething = (body: string) =>
  body.split('\n').some((line) => line.trim() !== '' && !/^\s*#{1,6}(\s|$)/.test(line));
