import { expect } from 'vitest';
import type { Stack } from '../../workers/dev/stack.ts';
import type { PlayedTask } from '../../workers/demo/play-task.ts';
import { proveTask, worldOf } from '../../workers/demo/proof.ts';
import { examine } from '../chaos/examine.ts';

/** Expects every promise of a finished task to be true, and what landed to be what was sealed. */
export async function expectProven(stack: Stack, task: PlayedTask): Promise<void> {
  const { result, checks } = await proveTask(worldOf(stack), task);
  expect(checks.filter(({ isTrue }) => !isTrue)).toEqual([]);
  expect(result.landedTree).toBe(result.sealedTree);
}

/** Expects everything a finished task leaves outside to be there once. */
export async function expectNothingDoubled(stack: Stack, task: PlayedTask): Promise<void> {
  expect(await examine(stack, task)).toEqual({
    doubledComments: [],
    pulls: 1,
    doubledEvidence: 0,
    cards: 1,
    doubledMessages: [],
    transitions: task.view.visits.length,
  });
}
