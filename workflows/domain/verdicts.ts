import type { Sha } from './ids.ts';
import type { MustFixRef } from './outcome.ts';

/** What was read from a role's own documents for the judged code. Prose never counts. Source: I4, ORCH-017, ORCH-047, ET-013. */
export type RoleVerdict =
  | { kind: 'package'; missing: readonly string[] }
  | { kind: 'questions'; count: number }
  | { kind: 'architecture'; status: 'READY' | 'CONFLICT'; mustFixRef: MustFixRef | null }
  | { kind: 'code'; changed: boolean }
  | {
      kind: 'review';
      verdict: 'APPROVED' | 'REQUEST_CHANGES';
      codeIdentity: string;
      mustFixRef: MustFixRef | null;
    }
  | { kind: 'unusable'; reason: string };

/** Outcome of running the project's tests on one tree. `defect` = errors outside the change (time-out, out of memory, starvation). */
export type TestVerdict =
  | { kind: 'pass'; passed: number; codeTree: Sha }
  | { kind: 'fail'; failed: number; mustFixRef: MustFixRef }
  | { kind: 'defect'; reason: string };

/** Secret scan of base..head. A broken tool throws. */
export interface SecurityVerdict {
  status: 'PASS' | 'FAIL';
  findings: number;
  /** files looked at */
  scanned: number;
  mustFixRef: MustFixRef | null;
}

/** The task on current main, and what its code is there: earlier verdicts hold only for the same identity and tree. */
export type CatchUpVerdict =
  | {
      kind: 'caught-up';
      hasMoved: boolean;
      workHead: Sha;
      baseSha: Sha;
      codeIdentity: string;
      codeTree: Sha;
    }
  | { kind: 'conflict'; mustFixRef: MustFixRef };

/** Result of a deploy. ROLLED_BACK = exit 2, the previous build serves again; FAILED = exit 1, production may be down. */
export interface DeployVerdict {
  status: 'SUCCESS' | 'ROLLED_BACK' | 'FAILED' | 'REFUSED';
  reason: string;
  documentId: string;
  runningDigest: string | null;
  runningRevision: string | null;
  mustFixRef: MustFixRef | null;
}

/** Result of the staging suite. HOLD = environment defect, never returns code. Source: ORCH-048, 061, 115, 123. */
export interface StagingVerdict {
  status: 'PASS' | 'FAIL' | 'HOLD';
  reason: string;
  passed: number;
  failed: number;
  waived: readonly string[];
  documentId: string;
  digest: string | null;
  mustFixRef: MustFixRef | null;
}

/** Result of the post-deploy watch. UNREADABLE = all probes missing. */
export interface WatchVerdict {
  status: 'HEALTHY' | 'DEGRADED' | 'UNREADABLE';
  reason: string;
  probes: number;
  documentId: string;
}

/** Combined CI state at an exact sha. Source: ORCH-045. */
export interface CiVerdict {
  state: 'none' | 'pending' | 'success' | 'failure';
  total: number;
  /** failing contexts, for texts */
  failing: readonly string[];
  mustFixRef: MustFixRef | null;
}

/** Proof that main holds the sealed commit. Success of landing is this, never the API's answer. Source: ORCH-067, 071, 073. */
export type LandingProof =
  | { kind: 'proven'; landedSha: Sha; landedTree: Sha }
  | { kind: 'absent'; mainSha: Sha }
  | { kind: 'mismatch'; reason: string };

/** The forge's answer to a merge call; every answer is followed by the landing proof. */
export type MergeAnswer =
  | { kind: 'merged' }
  | { kind: 'later'; reason: string }
  | { kind: 'refused'; status: number; reason: string };
