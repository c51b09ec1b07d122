/** The pipeline as data, one row a stage. Board statuses mirror it and never drive it. Source: product, stage machine. */
export const STAGES = {
  created: { role: null, next: 'analysis', onFail: 'created' },
  analysis: { role: 'analyst', next: 'architecture', onFail: 'analysis' },
  architecture: { role: 'architect', next: 'development', onFail: 'analysis' },
  development: { role: 'developer', next: 'review', onFail: 'development' },
  review: { role: 'reviewer', next: 'testing', onFail: 'development' },
  testing: { role: 'tester', next: 'deploy-staging', onFail: 'development' },
  'deploy-staging': { role: 'deployer', next: 'deploy', onFail: 'development' },
  deploy: { role: 'deployer', next: 'monitoring', onFail: 'development' },
  monitoring: { role: null, next: 'done', onFail: 'monitoring' },
} as const satisfies Record<string, StageRow>;

interface StageRow {
  role: Role | null;
  next: StageName | 'done';
  onFail: StageName;
}

/** An agent role; also the name of its bot on the board and of its prompt file. */
export type Role = (typeof ROLES)[number];
export const ROLES = [
  'analyst',
  'architect',
  'developer',
  'reviewer',
  'tester',
  'deployer',
] as const;

/** A stage a task can be in while it runs. */
export type StageName =
  | 'created'
  | 'analysis'
  | 'architecture'
  | 'development'
  | 'review'
  | 'testing'
  | 'deploy-staging'
  | 'deploy'
  | 'monitoring';

/** Every stage, in the order of the full track. */
export const STAGE_NAMES = Object.keys(STAGES) as readonly StageName[];

/** A stage, or how a life ended. `refused` = the entry check failed; `none` = there was nothing to start. */
export type TaskStage = StageName | 'done' | 'cancelled' | 'refused' | 'none';

/** Label **Bug** takes the bug track, which skips architecture. */
export type Track = 'full' | 'bug';

/** The stage after `stage` on `track`. */
export function nextStage(stage: StageName, track: Track): StageName | 'done' {
  const next: StageName | 'done' = STAGES[stage].next;
  return next === 'architecture' && track === 'bug' ? 'development' : next;
}
