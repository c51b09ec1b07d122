import { parseFrontmatter } from './frontmatter.ts';

/** What of a role's prompt file an agent is told: the text without its frontmatter, which is for other tools and sets nothing here. */
export function bodyOfPrompt(text: string): string {
  const parsed = parseFrontmatter(text);
  return parsed.kind === 'read' ? parsed.value.body.trimStart() : text;
}
