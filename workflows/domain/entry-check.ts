import type { BoardItem } from './board-item.ts';

/** What must be fixed before the item can start; empty = fine. Source: product, QG-0. */
export function checkEntry(item: BoardItem): readonly string[] {
  const problems: string[] = [];
  const length = item.title.trim().length;
  if (length < 1) problems.push('the title is empty: give it 1 to 200 characters');
  if (length > 200) problems.push(`the title has ${length} characters: shorten it to 200`);
  if (!item.hasDescription) problems.push('the description is empty: say what is wanted');
  return problems;
}

/** The track the item takes: label Bug skips architecture; unreadable labels mean the full track. */
export function trackOf(item: BoardItem, bugLabel: string): 'full' | 'bug' {
  return item.labels?.some((label) => label.toLowerCase() === bugLabel.toLowerCase()) === true
    ? 'bug'
    : 'full';
}

/**
 * Whether a label lifts a human gate: allowed by policy, labels were read, and the label is there exactly once.
 * Source: ORCH-089.
 */
export function isAutomatic(item: BoardItem, label: string, allowed: boolean): boolean {
  if (!allowed || item.labels === null) return false;
  return item.labels.filter((name) => name.toLowerCase() === label.toLowerCase()).length === 1;
}
