import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chooseDevPorts } from '../../workers/dev/ports.ts';
import { startStack } from '../../workers/dev/stack.ts';
import { proveTask, worldOf } from '../../workers/demo/proof.ts';
import { examine } from './examine.ts';
import { everyKill } from './plan.ts';
import { playWithKills } from './play-with-kills.ts';
import { watchTrees } from './watch-trees.ts';

/*
 * Kills every process once at every stage, at several moments of it, and checks that the end is the same as if nothing had
 * died. `npm run chaos`, or `npm run chaos -- 250 900` to kill 250 and 900 ms after a stage was seen.
 */

const delays = process.argv.length > 2 ? process.argv.slice(2).map(Number) : [0, 400, 1200];
const plan = delays.flatMap((delayMs) => everyKill(delayMs));
const dataDir = await mkdtemp(join(tmpdir(), 'orchestrator-chaos-'));
const say = (line: string): void => void process.stdout.write(`${line}\n`);
const stack = await startStack({
  dataDir,
  ports: await chooseDevPorts(['all=0']),
  profile: 'test',
  paceMs: 200,
  say,
});
const trees = watchTrees('infra/sandbox/agent/agent.ts');
const problems: string[] = [];
try {
  for (const [index, kills] of plan.entries()) {
    const label = `${kills[0]?.victim ?? ''}, ${kills.length} kills ${kills[0]?.delayMs ?? 0} ms into a stage`;
    const begun = Date.now();
    const wish = {
      title: `Add page number ${index + 1}`,
      description: `A page of its own, number ${index + 1}.`,
      labels: [],
    };
    const { task, killed } = await playWithKills(stack, { wish, kills, say });
    const { checks } = await proveTask(worldOf(stack), task);
    const traces = await examine(stack, task);
    const wrong = [
      ...checks.filter(({ isTrue }) => !isTrue).map(({ what }) => `not true: ${what}`),
      ...(killed < kills.length ? [`only ${killed} of ${kills.length} kills`] : []),
      ...(traces.pulls === 1 ? [] : [`${traces.pulls} pull requests`]),
      ...(traces.cards === 1 ? [] : [`${traces.cards} cards`]),
      ...traces.doubledComments.map((id) => `comment twice: ${id}`),
      ...traces.doubledMessages.map((text) => `message twice: ${text.slice(0, 60)}`),
      ...(traces.doubledEvidence === 0 ? [] : ['evidence twice']),
    ];
    const verdict = wrong.length === 0 ? 'same end' : wrong.join('; ');
    say(`${index + 1}/${plan.length} ${label}: ${verdict} (${(Date.now() - begun) / 1000} s)`);
    problems.push(...wrong.map((text) => `${label}: ${text}`));
  }
} finally {
  await trees.stop();
  await stack.stop();
  await rm(dataDir, { recursive: true, force: true });
}
if (trees.mostAgents() > 1) problems.push(`${trees.mostAgents()} agents in one tree`);
say(problems.length === 0 ? 'every end was the same' : `PROBLEMS\n${problems.join('\n')}`);
process.exitCode = problems.length === 0 ? 0 : 1;
