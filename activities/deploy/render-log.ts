import { stringify } from 'yaml';

/** A log document: verdict fields as YAML frontmatter, then titled sections for people. Empty sections are left out. */
export function renderLog(document: {
  fields: Readonly<Record<string, unknown>>;
  title: string;
  sections: readonly { title: string; lines: readonly string[]; code?: boolean }[];
}): string {
  const sections = document.sections
    .filter((section) => section.lines.some((line) => line !== ''))
    .map((section) => {
      const text = section.lines.join('\n');
      return `## ${section.title}\n\n${section.code === true ? fence(text) : text}\n`;
    });
  return `---\n${stringify(document.fields)}---\n\n# ${document.title}\n\n${sections.join('\n')}`;
}

/** A code block whose fence is longer than any run of backticks inside, so a log cannot end it. */
function fence(text: string): string {
  const longest = Math.max(2, ...[...text.matchAll(/`+/g)].map(([run]) => run.length));
  const marks = '`'.repeat(longest + 1);
  return `${marks}\n${text.trimEnd()}\n${marks}`;
}
