import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { chooseDevPorts } from '../../workers/dev/ports.ts';
import { startStack } from '../../workers/dev/stack.ts';
import type { Stack } from '../../workers/dev/stack.ts';
import { proveTask } from '../../workers/demo/proof.ts';
import { examine } from '../chaos/examine.ts';
import { killsOfEachKind } from '../chaos/plan.ts';
import { playWithKills } from '../chaos/play-with-kills.ts';
import { watchTrees } from '../chaos/watch-trees.ts';
import type { TreeWatch } from '../chaos/watch-trees.ts';

/* One kill -9 per process and kind of stage; `npm run chaos` does every process at every stage. */
describe('I12: a process dies by kill -9', () => {
  let dataDir: string;
  let stack: Stack;
  let trees: TreeWatch;

  beforeAll(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'orchestrator-kill-'));
    stack = await startStack({
      dataDir,
      ports: await chooseDevPorts(['all=0']),
      profile: 'test',
      paceMs: 200,
      say: () => undefined,
    });
    trees = watchTrees('infra/sandbox/agent/agent.ts');
  });

  afterAll(async () => {
    await trees.stop();
    await stack.stop();
    await rm(dataDir, { recursive: true, force: true });
  });

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
      const { checks } = await proveTask(
        {
          forge: `http://127.0.0.1:${stack.ports.forge}`,
          forgeToken: stack.secrets.forgeAnna,
          production: `http://127.0.0.1:${stack.ports.production}`,
        },
        task,
      );
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
