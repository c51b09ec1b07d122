import { renderFrontmatter } from './frontmatter.ts';
import type { TaskId } from '../ids.ts';
import { quoteText, toOneLine } from '../untrusted-text.ts';

/** File name of the request as the board had it. */
export const REQUEST_DOCUMENT = '00-business-request.md';

/** Renders 00-business-request.md: title and the actual description, quoted. Source: ORCH-119. */
export function renderBusinessRequest(request: {
  id: TaskId;
  title: string;
  description: string;
}): string {
  const { id, description } = request;
  const title = toOneLine(request.title);
  const body = `# ${id}: ${title}\n\n${quoteText(description)}`;
  return renderFrontmatter({ work_item: id, title }, body);
}
