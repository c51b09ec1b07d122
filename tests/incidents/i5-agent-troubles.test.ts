import { describe, expect, it } from 'vitest';
import type { TaskView } from '../../workflows/domain/task-state.ts';
import { playForAll } from '../world/for-all.ts';
import type { Asked, Play } from '../world/play.ts';
import { waitsOf } from '../world/waits-of.ts';

/** What the developer's part of a task looked like from outside. */
interface Expected {
  scenario: string;
  /** waits of the agent's own, in order */
  waits: readonly string[];
  /** how its runs ended */
  ends: readonly string[];
}

const AGENT_WAITS = new Set([
  'agent-retry',
  'provider-limit',
  'infra',
  'budget',
  'host',
  'revival',
]);
/* The track that goes from the package straight to the developer, who meets the trouble. */
const UNATTENDED = { labels: ['Bug', 'autoApprove'] };
const DEVELOPER = { idle: '8s', afterResult: '1s', maxTurns: 60, maxBudgetUsd: 6 };

/* One row of docs/agents.md each; what its class promises is what is seen. */
describe('I5: the troubles of an agent and of its provider', () => {
  let play: Play;

  playForAll(async (started) => {
    play = started;
    await play.configure((notes) => ({
      ...notes,
      policy: { ...notes.policy, roles: { developer: DEVELOPER } },
    }));
  });

  it.each<Expected>([
    { scenario: 'crashes-mid-run', waits: ['agent-retry'], ends: ['finished'] },
    { scenario: 'hangs-once', waits: ['agent-retry'], ends: ['finished'] },
    { scenario: 'hangs-after-result', waits: [], ends: ['finished'] },
    { scenario: 'rate-limited-once', waits: ['agent-retry'], ends: ['finished'] },
    { scenario: 'usage-limited', waits: ['provider-limit'], ends: ['finished'] },
    { scenario: 'incomplete', waits: [], ends: ['finished'] },
    { scenario: 'changes-outside-scope', waits: [], ends: ['finished'] },
  ])('$scenario: passes, in one run that counts', async ({ scenario, waits, ends }) => {
    const { task, view } = await playUntil(play, scenario, { stage: 'review' });
    expect(endsOf(view)).toEqual(ends);
    expect(await agentWaits(play, task)).toEqual(waits);
    expect(view).toMatchObject({ returns: 0, escalated: null });
    expect(view.runs.every(({ usage }) => usage !== null)).toBe(true);
    await play.stop(task);
  });

  it.each<Expected & { because: string }>([
    {
      ...{ scenario: 'max-turns', waits: [], ends: ['max-turns', 'max-turns'] },
      because: 'ended with max-turns',
    },
    {
      ...{ scenario: 'over-budget', waits: [], ends: ['over-budget', 'over-budget'] },
      because: 'ended with over-budget',
    },
    {
      ...{ scenario: 'changes-nothing', waits: [], ends: ['finished', 'finished'] },
      because: 'changed nothing',
    },
    { scenario: 'prints-canary', waits: [], ends: ['leaked'], because: 'a secret was found' },
    { scenario: 'permanent-failure', waits: [], ends: [], because: 'Invalid API key' },
  ])('$scenario: is for a person, after $ends', async ({ scenario, waits, ends, because }) => {
    const escalated = expect.stringContaining(because) as string;
    const { task, view } = await playUntil(play, scenario, { escalated, wait: { on: 'revival' } });
    expect(endsOf(view)).toEqual(ends);
    expect(await agentWaits(play, task)).toEqual([...waits, 'revival']);
    expect(view).toMatchObject({ stage: 'development', returns: 0, pullRequest: null });
    await play.untilBoardShows(task, 'Blocked');
    await play.stop(task);
  });

  it('overloaded: waits for its provider for ever and uses up nothing', async () => {
    const { task, view } = await playUntil(play, 'overloaded', { wait: { on: 'infra' } });
    expect(endsOf(view)).toEqual([]);
    expect(view).toMatchObject({ returns: 0, escalated: null });
    expect(new Set(await agentWaits(play, task))).toContain('agent-retry');
    await play.stop(task);
  });
});

async function playUntil(
  play: Play,
  scenario: string,
  like: object,
): Promise<{ task: Asked; view: TaskView }> {
  const task = await play.begin({ ...UNATTENDED, title: `Meet what ${scenario}`, scenario });
  return { task, view: await play.untilLooks(task, like) };
}

const endsOf = ({ runs }: TaskView) =>
  runs.filter(({ role }) => role === 'developer').map(({ end: how }) => how);

async function agentWaits(play: Play, { id }: Asked): Promise<readonly string[]> {
  return (await waitsOf(play.client, id)).filter((on) => AGENT_WAITS.has(on));
}
