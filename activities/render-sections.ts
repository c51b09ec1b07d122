/** Sections of a log for people, as Markdown; `code` = the lines are quoted as they are. Empty sections are left out. */
export function renderSections(
  sections: readonly { title: string; lines: readonly string[]; code?: boolean }[],
): string {
  return sections
    .filter((section) => section.lines.some((line) => line !== ''))
    .map(({ title, lines, code }) => {
      const text = lines.join('\n');
      return `## ${title}\n\n${code === true ? quote(text) : text}\n`;
    })
    .join('\n');
}

/** A code block whose fence is longer than any run of backticks inside, so that a log cannot end it. */
export function quote(text: string): string {
  const longest = Math.max(2, ...[...text.matchAll(/`+/g)].map(([run]) => run.length));
  const marks = '`'.repeat(longest + 1);
  return `${marks}\n${text.trimEnd()}\n${marks}`;
}
