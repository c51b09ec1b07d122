import type { StageOutcome } from './decide.ts';
import type { Sha } from './ids.ts';
import type { LandingProof, MergeAnswer } from './verdicts.ts';

/**
 * What follows a merge call whose landing is not proven; what would be tried again is a hold after the last try.
 * Source: ORCH-067, 071, 073, 082, 093.
 */
export function judgeLanding(about: {
  answer: MergeAnswer;
  proof: Exclude<LandingProof, { kind: 'proven' }>;
  baseSha: Sha;
  isLastTry: boolean;
}): StageOutcome | { kind: 'again'; reason: string } {
  const { answer, proof, baseSha, isLastTry } = about;
  if (proof.kind === 'mismatch') {
    return { kind: 'hold', owner: 'human', reason: `main is not what was sealed: ${proof.reason}` };
  }
  if (proof.mainSha !== baseSha) {
    return { kind: 'stale', reason: 'main moved while landing', lostRace: true };
  }
  if (answer.kind === 'refused') {
    return {
      kind: 'hold',
      owner: 'human',
      reason: `the forge refuses the merge (${answer.status}): ${answer.reason}`,
    };
  }
  const reason =
    answer.kind === 'later' ? answer.reason : 'the forge said merged, main does not show it yet';
  return isLastTry
    ? { kind: 'hold', owner: 'infra', reason: `the forge does not merge: ${reason}` }
    : { kind: 'again', reason };
}
