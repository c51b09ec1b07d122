import { afterAll, describe, expect, it } from 'vitest';
import { killsOfEachKind } from '../chaos/plan.ts';
import { playWithKills } from '../chaos/play-with-kills.ts';
import { watchTrees } from '../chaos/watch-trees.ts';
import type { TreeWatch } from '../chaos/watch-trees.ts';
import { expectNothingDoubled, expectProven } from '../world/clean-end.ts';
import { forAll } from '../world/for-all.ts';
import { startTestStack } from '../world/test-stack.ts';
import type { TestStack } from '../world/test-stack.ts';

/* One kill -9 per process and kind of stage; `npm run chaos` does every process at every stage. */
describe('I12: a process dies by kill -9', () => {
  let stack: TestStack;
  let trees: TreeWatch;

  forAll(startTestStack, (started) => {
    stack = started;
    trees = watchTrees('infra/sandbox/agent/agent.ts');
  });

  // Hooks of this kind run last first: nothing is watched any more when the stack ends.
  afterAll(() => trees.stop());

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
      expect(killed).toBe(kills.length);
      await expectProven(stack, task);
      await expectNothingDoubled(stack, task);
      expect(trees.mostAgents()).toBe(1);
    },
  );
});
