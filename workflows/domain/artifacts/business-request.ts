import { renderFrontmatter } from './frontmatter.ts';
import type { TaskId } from '../ids.ts';

/** File name of the request as the board had it. */
export const REQUEST_DOCUMENT = '00-business-request.md';

/** Renders 00-business-request.md: title and the actual description, quoted. Source: ORCH-119. */
export function renderBusinessRequest(request: {
  id: TaskId;
  title: string;
  description: string;
}): string {
  const { id, title, description } = request;
  const quoted = description
    .trim()
    .split('\n')
    .map((line) => `> ${line}`.trimEnd())
    .join('\n');
  const heading = `# ${id}: ${title.replace(/\s+/g, ' ').trim()}`;
  return renderFrontmatter({ work_item: id, title }, `${heading}\n\n${quoted}`);
}
