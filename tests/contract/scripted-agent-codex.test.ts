import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  isGreen,
  makeWorkFolder,
  readEvents,
  startAgent,
  writeTask,
  type AgentEvent,
  type WorkFolder,
} from './scripted-agent-run.ts';

const WRITING = ['--json', '--skip-git-repo-check', '--sandbox', 'workspace-write'];

/** Launches of Codex for one role in one scenario, all with one CODEX_HOME. */
async function prepareCodex(at: WorkFolder, scenario = 'feature', role = 'developer') {
  const prompt = await writeTask(at, { role, body: `Scenario: ${scenario}` });
  return (args: readonly string[] = [...WRITING, '-'], env: Record<string, string> = {}) =>
    startAgent(['exec', ...args], {
      program: 'codex',
      cwd: at.tree,
      prompt: args.includes('resume') ? 'continue' : prompt,
      env: { CODEX_HOME: join(at.folder, 'codex'), ...env },
    });
}

const threadOf = (stdout: string) => readEvents(stdout)[0]?.['thread_id'] as string;
const lastOf = (stdout: string) => readEvents(stdout).at(-1) as AgentEvent;
const outputTokensOf = (stdout: string) =>
  (lastOf(stdout)['usage'] as { output_tokens: number }).output_tokens;

describe('the command line of Codex', () => {
  it('takes the flags of codex exec', async () => {
    await using at = await makeWorkFolder();
    const launch = await prepareCodex(at, 'feature', 'analyst');
    const { exitCode } = await launch([
      ...[...WRITING, '--ignore-user-config', '--ignore-rules', '--color', 'never'],
      ...['-m', 'gpt-5.3-codex', '-c', 'model_reasoning_effort="high"', '--add-dir', '/tmp'],
      ...['--cd', at.tree, '-o', join(at.folder, 'last'), '--output-schema', 'schema.json', '-'],
    ]);
    expect(exitCode).toBe(0);
    expect(await readFile(join(at.folder, 'last'), 'utf8')).toMatch(/^The package for NOTE-1/);
  });

  it.each([
    ['an unknown flag', ['--json', '--colour'], 2, /^error: unexpected argument '--colour' found/],
    ['a sandbox behind resume', ['resume', '--last', '-s', 'read-only'], 2, /argument '-s' found/],
    ['a wrong sandbox', ['--sandbox', 'none'], 2, /invalid value 'none'[^]*possible values/],
    ['a missing value', ['--json', '--model'], 2, /a value is required for '--model <VALUE>'/],
    ['no repository', ['--json', '-'], 1, /Not inside a trusted directory/],
    ['an unknown thread', ['--skip-git-repo-check', 'resume', 'x', '-'], 1, /no rollout found/],
  ] as const)('%s is one clear error', async (...[, args, code, sentence]) => {
    await using at = await makeWorkFolder();
    const { exitCode, stdout, stderr } = await (await prepareCodex(at))(args);
    expect(stderr).toMatch(sentence);
    expect({ exitCode, stdout }).toEqual({ exitCode: code, stdout: '' });
  });

  it('prints only the last message without --json', async () => {
    await using at = await makeWorkFolder();
    const launch = await prepareCodex(at, 'feature', 'deployer');
    const { stdout } = await launch(['--skip-git-repo-check', '-s', 'workspace-write', '-']);
    expect(stdout).toBe('Staging is sound.');
  });

  it('changes nothing in its read-only sandbox, which is the default', async () => {
    await using at = await makeWorkFolder();
    const { exitCode, stdout } = await (
      await prepareCodex(at)
    )([...['--json', '--skip-git-repo-check', '-']]);
    expect(exitCode).toBe(0);
    expect(stdout).toContain('"status":"failed"');
    expect(existsSync(join(at.tree, 'src/routes/recent-notes.js'))).toBe(false);
  });
});

describe('the stream of Codex', () => {
  it('is one thread with one turn, its items and its tokens, but no cost', async () => {
    await using at = await makeWorkFolder();
    const { exitCode, stdout } = await (await prepareCodex(at))();
    expect(exitCode).toBe(0);
    expect(stdout).not.toMatch(/cost/i);
    const events = readEvents(stdout);
    expect(events.slice(0, 2)).toEqual([
      { type: 'thread.started', thread_id: expect.stringMatching(/^[0-9a-f-]{36}$/) as string },
      { type: 'turn.started' },
    ]);
    expect(events.at(-1)).toEqual({
      type: 'turn.completed',
      usage: {
        input_tokens: 1531400,
        cached_input_tokens: 1450000,
        cache_write_input_tokens: 78000,
        output_tokens: 26500,
        reasoning_output_tokens: 7950,
      },
    });
    const items = events.flatMap(({ item }) => (item ?? []) as { id: string; type: string });
    expect(new Set(items.map(({ type }) => type))).toEqual(
      new Set(['agent_message', 'command_execution', 'file_change']),
    );
    expect(await isGreen(at, 'acceptance')).toBe(true);
  });

  it.each([
    ['rate-limited-once', /^exceeded retry limit, last status: 429/],
    ['overloaded', /at capacity/],
    ['permanent-failure', /401 Unauthorized: Invalid API key/],
    ['usage-limited', /^You've hit your usage limit\..* try again at .*\d:\d\d [AP]M\.$/],
    ['incomplete', /^stream disconnected before completion/],
  ])('%s is an error and a failed turn', async (scenario, message) => {
    await using at = await makeWorkFolder();
    const { exitCode, stdout } = await (await prepareCodex(at, scenario))();
    expect(exitCode).toBe(1);
    const text = expect.stringMatching(message) as string;
    expect(readEvents(stdout).slice(-2)).toEqual([
      { type: 'error', message: text },
      { type: 'turn.failed', error: { message: text } },
    ]);
  });

  it('usage-limited: the second it resets at is on stderr', async () => {
    await using at = await makeWorkFolder();
    const before = Date.now();
    const { stderr } = await (await prepareCodex(at, 'usage-limited'))();
    const resetsAt = Number(/\\"resets_at\\":(\d+)/.exec(stderr)?.[1]);
    expect(resetsAt * 1000).toBeGreaterThanOrEqual(before + 3000);
  });

  it('a resumed thread goes on with the rest and counts all of its tokens', async () => {
    await using at = await makeWorkFolder();
    const launch = await prepareCodex(at, 'incomplete');
    const thread = threadOf((await launch()).stdout);
    expect(existsSync(join(at.tree, 'src/routes/recent-notes.js'))).toBe(false);
    const { exitCode, stdout } = await launch([...WRITING, 'resume', thread, '-']);
    expect(exitCode).toBe(0);
    expect(threadOf(stdout)).toBe(thread);
    expect(outputTokensOf(stdout)).toBeGreaterThanOrEqual(26500);
    expect(await isGreen(at, 'acceptance')).toBe(true);
  });

  it('resumes the newest thread with --last, and can count each launch alone', async () => {
    await using at = await makeWorkFolder();
    const launch = await prepareCodex(at, 'incomplete');
    const thread = threadOf((await launch()).stdout);
    const args = [...WRITING, 'resume', '--last', '-'];
    const { stdout } = await launch(args, { SCRIPTED_AGENT_USAGE: 'launch' });
    expect(threadOf(stdout)).toBe(thread);
    expect(outputTokensOf(stdout)).toBeLessThan(26500);
  });

  it.each([
    ['max-turns', 2],
    ['over-budget', 50],
  ])('%s: nothing stops it but its own end', async (scenario, factor) => {
    await using at = await makeWorkFolder();
    const { exitCode, stdout } = await (await prepareCodex(at, scenario))();
    expect(exitCode).toBe(0);
    expect(lastOf(stdout).type).toBe('turn.completed');
    expect(outputTokensOf(stdout) > 26500 * factor).toBe(scenario === 'over-budget');
  });

  it.each([
    ['SIGTERM', { signal: 'SIGTERM' }],
    ['SIGINT', { exitCode: 130 }],
  ] as const)('%s ends it without a word', async (signal, end) => {
    await using at = await makeWorkFolder();
    const agent = (await prepareCodex(at, 'hangs-before-result'))();
    await once(agent.stdout, 'data');
    agent.kill(signal);
    const result = await agent;
    expect(result).toMatchObject(end);
    expect(lastOf(result.stdout).type).not.toMatch(/^turn\.(completed|failed)$/);
  });
});
