import { change } from '../task-context.ts';
import type { TaskContext } from '../task-context.ts';

/** Keeps a document that is evidence, not a commit (14, 15, 16): ledger, pull request comment and, at the end, a ref. */
export function keepEvidence(ctx: TaskContext, document: string, documentId: string): void {
  const others = ctx.state.evidence.filter((kept) => kept.document !== document);
  ctx.effects.push({ kind: 'evidence', key: `evidence-${documentId}`, document, documentId });
  change(ctx, { evidence: [...others, { document, documentId }] });
}
