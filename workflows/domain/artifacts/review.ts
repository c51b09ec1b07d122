import type { TaskId } from '../ids.ts';
import type { Parsed } from './frontmatter.ts';
import { renderFrontmatter, unreadable } from './frontmatter.ts';
import { belongsElsewhere, readStatus } from './status-field.ts';

/** File name of the reviewer's document. */
export const REVIEW_DOCUMENT = '12-review.md';

/** One finding; P0 breaks production, P1 must be fixed now, P2 is advice. */
export interface Finding {
  severity: 'P0' | 'P1' | 'P2';
  text: string;
}

/** What the reviewer decided. Only the frontmatter decides; findings serve the must-fix text. */
export interface Review {
  verdict: 'APPROVED' | 'REQUEST_CHANGES';
  findings: readonly Finding[];
  body: string;
}

const WORDS = { APPROVED: 'APPROVED', REQUEST_CHANGES: 'REQUEST_CHANGES' } as const;

/** Reads 12-review.md. Source: ET-013, ORCH-046. */
export function parseReview(text: string | null, id: TaskId): Parsed<Review> {
  const read = readStatus(text, 'verdict', WORDS);
  if (read.kind === 'unreadable') return read;
  const { status, document } = read.value;
  if (belongsElsewhere(document, id)) return unreadable('the review names another work item');
  const body = document.body.trim();
  return { kind: 'read', value: { verdict: status, findings: findFindings(body), body } };
}

const FINDING =
  /^\s{0,3}(?:[-*+]|\d{1,3}[.)])?\s*[*_`[]{0,3}(P[0-2])\b[\])*_`]{0,3}\s*[:.)–-]?\s*(.*)$/;

/** Findings are list items that begin with P0, P1 or P2; indented lines below an item belong to it. */
function findFindings(body: string): Finding[] {
  const findings: Finding[] = [];
  let open: Finding | null = null;
  for (const line of body.split('\n')) {
    const found = FINDING.exec(line);
    if (found) {
      open = { severity: found[1] as Finding['severity'], text: (found[2] ?? '').trim() };
      findings.push(open);
    } else if (open !== null && /^\s+\S/.test(line)) {
      open.text += `\n  ${line.trim()}`;
    } else {
      open = null;
    }
  }
  return findings;
}

/** What the developer must act on: P0 and P1 findings verbatim, the whole review when it lists none. */
export function mustFixOf(review: Review): string {
  const urgent = review.findings.filter(({ severity }) => severity !== 'P2');
  if (urgent.length === 0) return review.body;
  return urgent.map(({ severity, text }) => `- ${severity}: ${text}`).join('\n');
}

/** Renders 12-review.md. */
export function renderReview(
  id: TaskId,
  review: { verdict: Review['verdict']; findings: readonly Finding[]; summary: string },
): string {
  const list = review.findings.map(({ severity, text }) => `- ${severity}: ${text}`);
  const findings = list.length === 0 ? 'None.' : list.join('\n');
  const body = `# Review of ${id}\n\n${review.summary}\n\n## Findings\n\n${findings}`;
  return renderFrontmatter({ work_item: id, verdict: review.verdict }, body);
}
