import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { proveTask, worldOf } from '../../workers/demo/proof.ts';
import { examine } from '../chaos/examine.ts';
import { killsOfEachKind } from '../chaos/plan.ts';
import { playWithKills } from '../chaos/play-with-kills.ts';
import { watchTrees } from '../chaos/watch-trees.ts';
import type { TreeWatch } from '../chaos/watch-trees.ts';
import { startTestStack } from '../world/test-stack.ts';
import type { TestStack } from '../world/test-stack.ts';

/* One kill -9 per process and kind of stage; `npm run chaos` does every process at every stage. */
describe('I12: a process dies by kill -9', () => {
  let stack: TestStack;
  let trees: TreeWatch;

  beforeAll(async () => {
    stack = await startTestStack();
    trees = watchTrees('infra/sandbox/agent/agent.ts');
  }, 120_000);

  afterAll(async () => {
    await trees.stop();
    await stack[Symbol.asyncDispose]();
  }, 60_000);

  it.for(killsOfEachKind().map((kills) => [kills[0]?.victim ?? '', kills] as const))(
    'killing %s in a stage of each kind ends as if nothing had died',
    { timeout: 300_000 },
    async ([victim, kills]) => {
      const wish = {
        title: `Add a page that outlives ${victim}`,
        description: 'A page of its own.',
        labels: [],
      };
      const { task, killed } = await playWithKills(stack, { wish, kills, say: () => undefined });
      const { checks } = await proveTask(worldOf(stack), task);
      expect(killed).toBe(kills.length);
      expect(checks.filter(({ isTrue }) => !isTrue)).toEqual([]);
      expect(await examine(stack, task)).toEqual({
        doubledComments: [],
        pulls: 1,
        doubledEvidence: 0,
        cards: 1,
        doubledMessages: [],
        transitions: task.view.visits.length,
      });
      expect(trees.mostAgents()).toBe(1);
    },
  );
});
