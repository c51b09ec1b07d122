import type { StageName } from '../../workflows/domain/stages.ts';

/** Processes that are killed; everything else is infrastructure of the test. */
export const VICTIMS = ['worker flow', 'worker agents', 'api'] as const;
export type Victim = (typeof VICTIMS)[number];

/** One kill -9: when the task is seen in `stage`. */
export interface Kill {
  victim: Victim;
  stage: StageName;
}

const ALL_STAGES: readonly StageName[] = [
  'created',
  'analysis',
  'architecture',
  'development',
  'review',
  'testing',
  'deploy-staging',
  'deploy',
  'monitoring',
];

/** One stage of each kind: a person waited for, an agent at work, a gate, a slot with a build, a deploy with a landing. */
const KINDS: readonly StageName[] = [
  'analysis',
  'development',
  'testing',
  'deploy-staging',
  'deploy',
];

/** One task a kill: every process at every stage. */
export function everyKill(): readonly (readonly Kill[])[] {
  return VICTIMS.flatMap((victim) => ALL_STAGES.map((stage) => [{ victim, stage }]));
}

/** One task a process, killed in one stage of each kind: what fits into minutes. */
export function killsOfEachKind(): readonly (readonly Kill[])[] {
  return VICTIMS.map((victim) => KINDS.map((stage) => ({ victim, stage })));
}
