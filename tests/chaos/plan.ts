import { STAGE_NAMES } from '../../workflows/domain/stages.ts';
import type { StageName } from '../../workflows/domain/stages.ts';

/** Processes that are killed; everything else is infrastructure of the test. */
export const VICTIMS = ['worker flow', 'worker agents', 'api'] as const;
export type Victim = (typeof VICTIMS)[number];

/** One kill -9: `delayMs` after the task is first seen in `stage`. */
export interface Kill {
  victim: Victim;
  stage: StageName;
  delayMs: number;
}

/** One stage of each kind: a person waited for, an agent at work, a gate, a slot with a build, a deploy with a landing. */
const KINDS: readonly StageName[] = [
  'analysis',
  'development',
  'testing',
  'deploy-staging',
  'deploy',
];

/** One task a process, in which it is killed once at every stage. */
export function everyKill(delayMs: number): readonly (readonly Kill[])[] {
  return VICTIMS.map((victim) => STAGE_NAMES.map((stage) => ({ victim, stage, delayMs })));
}

/** The same with one stage of each kind: what fits into a test run. */
export function killsOfEachKind(): readonly (readonly Kill[])[] {
  return VICTIMS.map((victim) => KINDS.map((stage) => ({ victim, stage, delayMs: 0 })));
}
