/** What a lane grants. `admission` covers created to testing; slots are one task each. Source: ORCH-088, I7. */
export type GrantKind = 'admission' | 'staging' | 'production';

/** A task's request. Repeating it is harmless: every request is answered, duplicates included. */
export interface GrantRequest {
  requestId: string;
  workflowId: string;
  life: string;
  kind: GrantKind;
  /** true = the task held this grant before and rejoins first in line */
  rejoin: boolean;
}

/** The lane's answer to one request, sent as the signal `laneAnswered`. */
export type LaneAnswer =
  | { kind: 'granted'; requestId: string; fence: number }
  | { kind: 'queued'; requestId: string; position: number; reason: string };
