import type { CiVerdict } from '../../workflows/domain/verdicts.ts';
import type { ForgeStatus } from '../clients/gitea/client.ts';

/** The state of all contexts together: any failure decides at once, then anything pending. Warnings and skips pass. */
export function combineStatuses(statuses: readonly ForgeStatus[]): CiVerdict['state'] {
  if (statuses.length === 0) return 'none';
  if (failingOf(statuses).length > 0) return 'failure';
  return statuses.some((status) => status.state === 'pending') ? 'pending' : 'success';
}

/** The contexts that failed. */
export function failingOf(statuses: readonly ForgeStatus[]): readonly ForgeStatus[] {
  return statuses.filter((status) => status.state === 'failure' || status.state === 'error');
}
