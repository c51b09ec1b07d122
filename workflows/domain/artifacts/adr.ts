import type { TaskId } from '../ids.ts';
import type { Parsed } from './frontmatter.ts';
import { renderFrontmatter, unreadable } from './frontmatter.ts';
import { readStatus } from './status-field.ts';

/** Folder of a task's architecture decisions inside its documents. */
export const ADR_FOLDER = '06-adr';

/** What the architect decided over all records of the task. `conflict` is the text of the records that say CONFLICT. */
export type Architecture = { status: 'READY' } | { status: 'CONFLICT'; conflict: string };

const WORDS = { READY: 'READY', CONFLICT: 'CONFLICT' } as const;

/** Reads the records of a task (name -> text). One CONFLICT decides; one unreadable record or none at all is no verdict. */
export function parseArchitecture(
  records: ReadonlyMap<string, string>,
  id: TaskId,
): Parsed<Architecture> {
  const own = [...records].filter(([name]) => new RegExp(`^ADR-${id}-.*\\.md$`, 'i').test(name));
  if (own.length === 0) return unreadable(`there is no ADR-${id}-*.md in ${ADR_FOLDER}`);
  const conflicts: string[] = [];
  for (const [name, text] of own) {
    const read = readStatus(text, 'architecture_status', WORDS);
    if (read.kind === 'unreadable') return unreadable(`${name}: ${read.reason}`);
    if (read.value.status === 'CONFLICT') conflicts.push(read.value.document.body.trim());
  }
  return conflicts.length === 0
    ? { kind: 'read', value: { status: 'READY' } }
    : { kind: 'read', value: { status: 'CONFLICT', conflict: conflicts.join('\n\n') } };
}

/** Renders one architecture record. */
export function renderAdr(record: {
  id: TaskId;
  status: Architecture['status'];
  body: string;
}): string {
  return renderFrontmatter(
    { work_item: record.id, architecture_status: record.status },
    record.body,
  );
}
