/** Where the text a producer must act on is kept: a document in the ledger, fetched where the prompt is written. */
export interface MustFixRef {
  documentId: string;
  /** A person's link to the full report, or null. */
  url: string | null;
}

/** Who has to act before a hold can end. */
export type HoldOwner = 'infra' | 'human';

/**
 * What a gate says. `fail` is the work's fault and returns it, `unusable` is a missing or broken verdict (same producer again),
 * `hold` waits for its owner. Broken tools throw instead; breakage never becomes `fail`. Source: ORCH-109, ORCH-116.
 */
export type GateOutcome =
  | { kind: 'pass'; notes: readonly string[] }
  | { kind: 'fail'; reason: string; mustFixRef: MustFixRef | null }
  | { kind: 'unusable'; reason: string }
  | { kind: 'hold'; owner: HoldOwner; reason: string };
