import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { describe, expect, it, vi } from 'vitest';
import {
  isGreen,
  makeWorkFolder,
  readEvents,
  startAgent,
  STREAM_FLAGS,
  writeTask,
  type AgentEvent,
  type WorkFolder,
} from './scripted-agent-run.ts';

const SESSION = '3f2b8c1e-6d54-4c0e-9a37-0c5d8b7a1e42';
const FRESH = ['--session-id', SESSION];
const RESUMED = ['--resume', SESSION];

/** Launches of the developer in one scenario, all with one configuration folder. */
async function prepareDeveloper(at: WorkFolder, scenario: string) {
  const prompt = await writeTask(at, { role: 'developer', body: `Scenario: ${scenario}` });
  return (args: readonly string[] = FRESH, env: Record<string, string> = {}) =>
    startAgent([...STREAM_FLAGS, ...args], {
      cwd: at.tree,
      prompt: args[0] === '--resume' ? 'continue' : prompt,
      env: { CLAUDE_CONFIG_DIR: join(at.folder, 'config'), ...env },
    });
}

const lastOf = (stdout: string) => readEvents(stdout).at(-1) as AgentEvent;
const finished = { type: 'result', subtype: 'success', is_error: false };

const toolsOf = (stdout: string) =>
  readEvents(stdout).flatMap(({ message }) => {
    const { content } = (message ?? { content: [] }) as { content: { name?: string }[] };
    return content.flatMap(({ name }) => name ?? []);
  });

/** What of its change the developer has made so far. */
const changesOf = ({ tree }: WorkFolder) => ({
  tests: existsSync(join(tree, 'tests/acceptance/recent-notes.test.js')),
  route: existsSync(join(tree, 'src/routes/recent-notes.js')),
});
const NOTHING = { tests: false, route: false };
const HALF = { tests: true, route: false };
const ALL = { tests: true, route: true };

describe('endings of a launch', () => {
  it.each([
    { scenario: 'overloaded', result: { api_error_status: 529 }, error: 'overloaded' },
    {
      scenario: 'permanent-failure',
      result: { api_error_status: 401, result: 'Invalid API key · Please run /login' },
      error: 'authentication_failed',
    },
    { scenario: 'max-turns', result: { subtype: 'error_max_turns', num_turns: 9 }, error: null },
    { scenario: 'over-budget', result: { subtype: 'error_max_budget_usd' }, error: null },
  ])('$scenario fails at every launch', async ({ scenario, result, error }) => {
    await using at = await makeWorkFolder();
    const launch = await prepareDeveloper(at, scenario);
    const limits = ['--max-turns', '9', '--max-budget-usd', '2.5'];
    for (const args of [FRESH, RESUMED]) {
      const { exitCode, stdout } = await launch([...args, ...limits]);
      expect(exitCode).toBe(1);
      expect(lastOf(stdout)).toMatchObject({ type: 'result', is_error: true, ...result });
      const errors = readEvents(stdout).flatMap((event) => event['error'] ?? []);
      expect(new Set(errors)).toEqual(new Set(error === null ? [] : [error]));
      expect(changesOf(at)).toEqual(error === null ? HALF : NOTHING);
    }
  });

  it('over-budget costs more than was allowed', async () => {
    await using at = await makeWorkFolder();
    const launch = await prepareDeveloper(at, 'over-budget');
    const { stdout } = await launch([...FRESH, '--max-budget-usd', '2.5']);
    const { total_cost_usd: costUsd } = lastOf(stdout);
    expect(costUsd).toBeGreaterThan(2.5);
    expect(costUsd).toBeLessThan(3);
  });

  it('rate-limited-once refuses one launch, which costs nothing, and no other', async () => {
    await using at = await makeWorkFolder();
    const launch = await prepareDeveloper(at, 'rate-limited-once');
    const refused = await launch();
    expect(refused.exitCode).toBe(1);
    const result = { is_error: true, api_error_status: 429, total_cost_usd: 0 };
    expect(lastOf(refused.stdout)).toMatchObject(result);
    expect(changesOf(at)).toEqual(NOTHING);
    expect(lastOf((await launch(RESUMED)).stdout)).toMatchObject(finished);
    expect(await isGreen(at, 'acceptance')).toBe(true);
  });

  it('usage-limited tells when the limit resets, refuses until then and goes on afterwards', async () => {
    await using at = await makeWorkFolder();
    const launch = await prepareDeveloper(at, 'usage-limited');
    const env = { SCRIPTED_AGENT_LIMIT_MS: '600000' };
    const resets = new Set<unknown>();
    for (const args of [FRESH, RESUMED]) {
      const { exitCode, stdout } = await launch(args, env);
      expect(exitCode).toBe(1);
      const limit = readEvents(stdout).find(({ type }) => type === 'rate_limit_event');
      expect(limit).toMatchObject({ rate_limit_info: { status: 'rejected' } });
      resets.add((limit?.['rate_limit_info'] as { resetsAt: number }).resetsAt);
      expect(lastOf(stdout)['result']).toMatch(/^You've hit your session limit · resets /);
    }
    const [resetsAt] = [...resets];
    expect(resets.size).toBe(1);
    expect(Number(resetsAt) * 1000).toBeGreaterThan(Date.now());
    expect(changesOf(at)).toEqual(HALF);
    await letLimitPass(at);
    expect(lastOf((await launch(RESUMED, env)).stdout)).toMatchObject(finished);
    expect(changesOf(at)).toEqual(ALL);
  });
});

/** Puts the reset the agent remembers into the past. */
async function letLimitPass({ folder }: WorkFolder): Promise<void> {
  const file = join(folder, 'config/scripted-agent.json');
  const remembered = JSON.parse(await readFile(file, 'utf8')) as Record<string, number>;
  const [name = ''] = Object.keys(remembered);
  await writeFile(file, JSON.stringify({ [name]: Date.now() }));
}

describe('a session', () => {
  it.each([
    ['crashes-mid-run', { signal: 'SIGKILL' }],
    ['incomplete', { exitCode: 1 }],
  ])('%s: resumed, it goes on with the rest', async (scenario, end) => {
    await using at = await makeWorkFolder();
    const launch = await prepareDeveloper(at, scenario);
    const first = await launch();
    expect(first).toMatchObject(end);
    expect(changesOf(at)).toEqual(HALF);
    const last = lastOf(first.stdout);
    if (scenario === 'incomplete') {
      expect(last['result']).toMatch(/The response above may be incomplete\.$/);
    } else expect(last.type).not.toBe('result');
    const second = await launch(RESUMED);
    expect(lastOf(second.stdout)).toMatchObject(finished);
    expect(toolsOf(first.stdout)).toEqual(['Read', 'Read', 'Write', 'Write']);
    expect(toolsOf(second.stdout)).toEqual(['Read', 'Write', 'Write', 'Edit']);
    expect(await isGreen(at, 'acceptance')).toBe(true);
  });

  it('crashes-mid-run: a fresh one starts over', async () => {
    await using at = await makeWorkFolder();
    const launch = await prepareDeveloper(at, 'crashes-mid-run');
    await launch();
    const { stdout } = await launch([]);
    expect(toolsOf(stdout)).toEqual(['Read', 'Read', 'Write', 'Write', 'Write', 'Write', 'Edit']);
  });

  it('goes on counting its cost when it is resumed, or counts each launch alone, as it is told', async () => {
    const costsOf = async (usage: string) => {
      await using at = await makeWorkFolder();
      const launch = await prepareDeveloper(at, 'incomplete');
      const env = { SCRIPTED_AGENT_USAGE: usage };
      const first = lastOf((await launch(FRESH, env)).stdout)['total_cost_usd'] as number;
      const second = lastOf((await launch(RESUMED, env)).stdout)['total_cost_usd'] as number;
      return { first, second };
    };
    const bySession = await costsOf('session');
    const byLaunch = await costsOf('launch');
    expect(byLaunch.first).toBeGreaterThan(0.5);
    expect(byLaunch.second).toBeGreaterThan(0.5);
    expect(bySession.first).toBe(byLaunch.first);
    expect(bySession.second).toBeCloseTo(byLaunch.first + byLaunch.second, 5);
  });
});

describe('a process that stays', () => {
  it('hangs-before-result: the work is done, nothing says so, at every launch', async () => {
    await using at = await makeWorkFolder();
    const launch = await prepareDeveloper(at, 'hangs-before-result');
    for (const args of [FRESH, RESUMED]) {
      const agent = launch(args);
      await untilItSays(agent, args === FRESH ? 'has been updated' : 'tests first');
      agent.kill('SIGTERM');
      const { exitCode, stdout } = await agent;
      expect(exitCode).toBe(143);
      expect(lastOf(stdout).type).not.toBe('result');
      expect(changesOf(at)).toEqual(ALL);
    }
  });

  it('hangs-once: the second launch goes on', async () => {
    await using at = await makeWorkFolder();
    const launch = await prepareDeveloper(at, 'hangs-once');
    const agent = launch();
    await vi.waitUntil(() => existsSync(join(at.folder, 'config/scripted-agent.json')), {
      timeout: 25_000,
    });
    agent.kill('SIGKILL');
    await agent;
    expect(changesOf(at)).toEqual(HALF);
    expect(lastOf((await launch(RESUMED)).stdout)).toMatchObject(finished);
  });

  it('hangs-after-result: the result is out', async () => {
    await using at = await makeWorkFolder();
    const agent = (await prepareDeveloper(at, 'hangs-after-result'))();
    await untilItSays(agent, '"type":"result"');
    agent.kill('SIGTERM');
    const { exitCode, stdout } = await agent;
    expect(exitCode).toBe(143);
    expect(lastOf(stdout)).toMatchObject(finished);
    expect(changesOf(at)).toEqual(ALL);
  });

  it('ignores-term: only KILL ends it', async () => {
    await using at = await makeWorkFolder();
    const agent = (await prepareDeveloper(at, 'ignores-term'))();
    await untilItSays(agent, 'has been updated');
    agent.kill('SIGINT');
    agent.kill('SIGTERM');
    expect(await hasEnded(agent)).toBe(false);
    agent.kill('SIGKILL');
    expect((await agent).signal).toBe('SIGKILL');
  });
});

type Agent = ReturnType<typeof startAgent>;

function untilItSays({ stdout }: Agent, words: string): Promise<void> {
  let said = '';
  return new Promise((resolve) => {
    stdout.on('data', (chunk: Buffer) => {
      said += chunk.toString();
      if (said.includes(words)) resolve();
    });
  });
}

/** Whether it reacts to what it was sent: a signal that is not ignored ends it at once. */
function hasEnded(agent: Agent): Promise<boolean> {
  return Promise.race([agent.then(() => true), wait(1000, false)]);
}
