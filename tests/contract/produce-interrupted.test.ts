import { readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { EndedRun, ProduceInput } from '../../workflows/domain/activities.ts';
import type { InterruptedRun } from '../../workflows/domain/runs.ts';
import type { RolePolicy } from '../../workflows/domain/policy.ts';
import { runIdOf } from '../../activities/run-id.ts';
import { HostWorld } from './host-world.ts';

const WORK = 'refs/orch/work/NOTE-1';
const MOST_CONTINUATIONS = 20;

let world: HostWorld;

beforeEach(async () => {
  world = await HostWorld.create();
  await world.prepare();
});

afterEach(async () => {
  await world[Symbol.asyncDispose]();
});

const produce = (input: ProduceInput) => world.call((activities) => activities.produce(input));

/** A developer's run of a scenario of the scripted agent. */
function orderOf(scenario: string, change: Partial<RolePolicy> = {}): ProduceInput {
  world.description = `Scenario: ${scenario}`;
  const input = world.produceInput('developer');
  return { ...input, policy: { ...input.policy, ...change } };
}

async function interrupt(input: ProduceInput): Promise<InterruptedRun> {
  const result = await produce(input);
  if (result.kind !== 'interrupted') throw new Error(`it ended: ${result.run.end}`);
  return result;
}

async function end(input: ProduceInput): Promise<EndedRun> {
  const result = await produce(input);
  if (result.kind !== 'ended') throw new Error(`${result.why}: ${result.reason}`);
  return result;
}

const next = (input: ProduceInput, continuation: number): ProduceInput => ({
  ...input,
  continuation,
});

/** Lets an interrupted run go on until it ends; every further interruption is `why`. */
async function goOn(order: ProduceInput, why = 'transient'): Promise<EndedRun> {
  for (let continuation = 1; continuation < MOST_CONTINUATIONS; continuation += 1) {
    const result = await produce(next(order, continuation));
    if (result.kind === 'ended') return result;
    expect(result.why).toBe(why);
  }
  throw new Error('it never ended');
}

/** Ids of the sessions the agent said it began or went on with, in order. */
async function sessionsOf({ key }: ProduceInput): Promise<string[]> {
  const file = join(world.dataDir, 'runs', runIdOf(key), 'stdout.jsonl');
  const lines = (await readFile(file, 'utf8')).split('\n').filter((line) => line !== '');
  const events = lines.map((line) => JSON.parse(line) as Record<string, string>);
  return events.flatMap(({ type, subtype, session_id: claude, thread_id: codex }) =>
    type === 'thread.started' || subtype === 'init' ? [claude ?? codex ?? ''] : [],
  );
}

describe('an interrupted run', () => {
  it('that died in the middle goes on in its session, and each part says what it used', async () => {
    const order = orderOf('crashes-mid-run');
    const first = await interrupt(order);
    expect(first).toMatchObject({ why: 'transient', provider: 'anthropic', resetsAt: null });
    expect(await produce(order)).toEqual(first);
    const home = join(world.dataDir, 'runs', runIdOf(order.key), 'home');
    expect(await readdir(home)).not.toEqual([]);
    const result = await end(next(order, 1));
    expect(result).toMatchObject({ run: { end: 'finished' }, verdict: { changed: true } });
    await expect(readdir(home)).rejects.toThrow('ENOENT');
    const sessions = await sessionsOf(order);
    expect(sessions).toHaveLength(2);
    expect(new Set(sessions).size).toBe(1);
    expect(first.usage?.outputTokens).toBeGreaterThan(0);
    expect(result.run.usage?.costUsd).toBeGreaterThan(0);
  });

  it(
    'costs the same whether its results count the session or the launch',
    { timeout: 60_000 },
    async () => {
      const spent: number[] = [];
      for (const counted of ['session', 'launch']) {
        world.agentEnv = { ...world.agentEnv, SCRIPTED_AGENT_USAGE: counted };
        const order = orderOf('incomplete');
        const first = await interrupt(order);
        expect(first.why).toBe('incomplete');
        const last = await end(next(order, 1));
        expect(last.run.usage?.costUsd).toBeGreaterThan(0);
        spent.push((first.usage?.costUsd ?? 0) + (last.run.usage?.costUsd ?? 0));
      }
      expect(spent[0]).toBeGreaterThan(0);
      expect(spent[1]).toBeCloseTo(spent[0] ?? 0, 4);
    },
  );

  it('that was refused with 429 goes on', async () => {
    const order = orderOf('rate-limited-once');
    expect(await interrupt(order)).toMatchObject({ why: 'transient' });
    expect((await end(next(order, 1))).run.end).toBe('finished');
  });

  it('that was lost between its result and its end is not started again', async () => {
    const launches = join(world.folder, 'launches');
    await world.scriptAgent(`echo once >> ${launches}; echo fine > fine.txt`);
    const order = world.produceInput('developer');
    const { run } = await end(order);
    await world.onForge('update-ref', WORK, order.workHead);
    await world.onForge('update-ref', '-d', `refs/heads/${order.task.branch}`);
    await rm(join(world.dataDir, 'runs', run.runId, 'exit.json'));
    const again = await end(order);
    expect(again.run).toMatchObject({ end: 'finished', usage: run.usage });
    expect(await world.fileAt(again.workHead, 'fine.txt')).toBe('fine');
    expect(await readFile(launches, 'utf8')).toBe('once\n');
  });

  it('that reached a limit says when it resets, and goes on after that', async () => {
    const order = orderOf('usage-limited');
    const { why, resetsAt } = await interrupt(order);
    expect(why).toBe('limit');
    expect(Date.parse(resetsAt ?? '')).toBeGreaterThan(Date.now() - 60_000);
    expect((await goOn(order, 'limit')).run.end).toBe('finished');
  });

  it('that hung is ended, and goes on in its session', { timeout: 120_000 }, async () => {
    const order = orderOf('hangs-once', { idleMs: 4000 });
    const first = await interrupt(order);
    expect(first).toMatchObject({ why: 'transient' });
    expect(first.reason).toMatch(/^hung: nothing printed/);
    expect((await goOn(order)).run.end).toBe('finished');
  });

  it('that is overloaded passes, one without a valid key needs a person', async () => {
    expect(await interrupt(orderOf('overloaded'))).toMatchObject({ why: 'transient' });
    expect(await interrupt(orderOf('permanent-failure'))).toMatchObject({ why: 'permanent' });
  });

  it('whose agent this host has no program for needs a person', async () => {
    const order = orderOf('feature', { agent: 'command' });
    expect(await interrupt(order)).toMatchObject({
      why: 'permanent',
      reason: 'the developer is to be the agent "command", and host host-1 has no command for it',
      usage: null,
    });
  });
});

describe('a run of Codex', () => {
  const codex = { agent: 'codex', model: 'gpt-5.3-codex', effort: null } as const;

  it('goes on in its thread and is priced from its tokens', async () => {
    const order = orderOf('crashes-mid-run', codex);
    expect(await interrupt(order)).toMatchObject({ why: 'transient', provider: 'openai' });
    const { run, verdict } = await end(next(order, 1));
    expect(verdict).toEqual({ kind: 'code', changed: true });
    expect(run.usage).toMatchObject({ model: 'gpt-5.3-codex', effort: null });
    expect(run.usage?.costUsd).toBeGreaterThan(0);
    expect(new Set(await sessionsOf(order)).size).toBe(1);
  });

  it('has an unknown cost with a model nobody knows', async () => {
    const { run } = await end(orderOf('feature', { ...codex, model: 'gpt-of-tomorrow' }));
    expect(run.usage).toMatchObject({ model: 'gpt-of-tomorrow', costUsd: null });
    expect(run.usage?.inputTokens).toBeGreaterThan(0);
  });

  it('is stopped at its turns', async () => {
    const result = await end(orderOf('hangs-before-result', { ...codex, maxTurns: 1 }));
    expect(result.run.end).toBe('max-turns');
  });
});

describe('a run that ends by itself or by a limit of ours', () => {
  it('and stays after its result counts as finished', async () => {
    const result = await end(orderOf('hangs-after-result', { afterResultMs: 500 }));
    expect(result).toMatchObject({ run: { end: 'finished' }, verdict: { changed: true } });
  });

  it.each([
    ['max-turns', 'max-turns', { maxTurns: 12 }],
    ['over-budget', 'over-budget', { maxBudgetUsd: 2 }],
  ] as const)(
    '%s: counts for nothing, and its work is kept aside',
    async (scenario, how, limits) => {
      const order = orderOf(scenario, limits);
      const result = await end(order);
      expect(result).toMatchObject({ run: { end: how }, workHead: order.workHead });
      expect(result.verdict.kind).toBe('unusable');
      expect(await world.head(`refs/orch/uncounted/${result.run.runId}`)).not.toBeNull();
      expect(await world.head(WORK)).toBe(order.workHead);
    },
  );

  it.each(['prints-canary', 'prints-canary-base64', 'prints-canary-hex', 'writes-canary'])(
    '%s: leaks, and nothing of it leaves this host',
    async (scenario) => {
      world.agentEnv = { ...world.agentEnv, MODEL_KEY: 'key-of-the-model-0123456789' };
      const order = orderOf(scenario);
      const refs = await world.onForge('for-each-ref');
      const result = await end(order);
      expect(result).toMatchObject({ run: { end: 'leaked' }, workHead: order.workHead });
      expect(await world.onForge('for-each-ref')).toBe(refs);
      const { reason } = result.verdict as { reason: string };
      expect(reason).toContain('canary');
      const folder = join(world.dataDir, 'runs', result.run.runId);
      expect(await readFile(join(folder, 'stdout.jsonl'), 'utf8')).not.toContain(
        'key-of-the-model',
      );
    },
  );

  it('and changed nothing, or only what it may not, is no failure', async () => {
    expect(await end(orderOf('changes-nothing'))).toMatchObject({
      run: { end: 'finished' },
      verdict: { kind: 'code', changed: false },
    });
    const { run, dropped } = await end(orderOf('changes-outside-scope'));
    expect(run.end).toBe('finished');
    expect(dropped).not.toEqual([]);
  });
});
