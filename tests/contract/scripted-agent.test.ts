import { once } from 'node:events';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  makeWorkFolder,
  readEvents,
  runRole,
  startAgent,
  STREAM_FLAGS,
  writeTask,
  type AgentEvent,
} from './scripted-agent-run.ts';

const SESSION = '3f2b8c1e-6d54-4c0e-9a37-0c5d8b7a1e42';

const resultOf = (events: AgentEvent[]) => events.at(-1) as AgentEvent & Record<string, never>;

describe('the command line', () => {
  it('takes every headless flag of Claude Code', async () => {
    await using at = await makeWorkFolder();
    const prompt = await writeTask(at, { role: 'analyst' });
    const flags = [
      ...STREAM_FLAGS,
      ...['--input-format', 'text', '--include-partial-messages', '--forward-subagent-text'],
      ...['--json-schema', '{}', '--model', 'sonnet', '--effort', 'xhigh'],
      ...['--fallback-model', 'opus,haiku', '--max-turns', '50', '--max-budget-usd', '2.5'],
      ...[
        '--session-id',
        SESSION,
        '--no-session-persistence',
        '--append-system-prompt',
        'Be brief',
      ],
      ...['--append-system-prompt-file', join(at.tree, '.openclaw/agents/analyst.md')],
      ...['--system-prompt', 'x', '--permission-mode', 'bypassPermissions'],
      ...['--dangerously-skip-permissions', '--allowedTools', 'Bash(git diff *)', 'Read'],
      ...['--disallowedTools', 'WebFetch', '--tools', 'Bash,Edit,Read', '--agents', '{}'],
      ...['--agent', 'x', '--mcp-config', '{"mcpServers":{}}', '--strict-mcp-config'],
      ...['--settings', '{"disableAllHooks":true}', '--setting-sources', 'user'],
      ...['--add-dir', '/tmp', '--project-config-root', '/tmp', '--bare'],
    ];
    const { exitCode, stderr } = await startAgent(flags, { cwd: at.tree, prompt });
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
  });

  it.each([
    ['an unknown flag', ['-p', '--colour'], /unknown option '--colour'/],
    ['stream-json without --verbose', ['-p', '--output-format', 'stream-json'], /--verbose/],
    ['a session id that is no UUID', [...STREAM_FLAGS, '--session-id', 'abc'], /valid UUID/],
    ['an unknown model', [...STREAM_FLAGS, '--model', 'gpt'], /selected model \(gpt\)/],
    ['a wrong effort', [...STREAM_FLAGS, '--effort', 'huge'], /Allowed choices/],
  ])('%s is one clear error and exit code 1', async (_, flags, sentence) => {
    await using at = await makeWorkFolder();
    const prompt = await writeTask(at, { role: 'analyst' });
    const { exitCode, stdout, stderr } = await startAgent(flags, { cwd: at.tree, prompt });
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(sentence);
    expect(stdout).toBe('');
  });

  it('says what is wrong with a prompt or a task file', async () => {
    await using at = await makeWorkFolder();
    const complaintAbout = async (prompt: string) =>
      (await startAgent(STREAM_FLAGS, { cwd: at.tree, prompt })).stderr;
    expect(await complaintAbout('')).toMatch(/Input must be provided/);
    expect(await complaintAbout('Hello')).toMatch(/names no task/);
    expect(await complaintAbout(await writeTask(at, { role: 'cook' }))).toMatch(/role/);
    const unknown = await writeTask(at, { role: 'analyst', body: 'Scenario: no-such' });
    expect(await complaintAbout(unknown)).toMatch(/no scenario "no-such"/);
  });

  it('tells its version', async () => {
    const { stdout } = await startAgent(['--version'], { cwd: '/' });
    expect(stdout).toBe('2.1.329 (scripted)');
  });
});

describe('the stream', () => {
  it('begins with init, ends with a result and carries the session id it was given', async () => {
    await using at = await makeWorkFolder();
    const prompt = await writeTask(at, { role: 'analyst' });
    for (const flag of ['--session-id', '--resume']) {
      const args = [...STREAM_FLAGS, flag, SESSION];
      const events = readEvents((await startAgent(args, { cwd: at.tree, prompt })).stdout);
      expect(events[0]).toMatchObject({ type: 'system', subtype: 'init', cwd: at.tree });
      expect(events.at(-1)).toMatchObject({
        type: 'result',
        subtype: 'success',
        is_error: false,
        terminal_reason: 'completed',
      });
      expect(new Set(events.map((event) => event['session_id']))).toEqual(new Set([SESSION]));
      expect(new Set(events.map((event) => event.type))).toEqual(
        new Set(['system', 'assistant', 'user', 'result']),
      );
    }
  });

  it('adds up: usage once per message, the main model, and the cost of all models', async () => {
    await using at = await makeWorkFolder();
    const events = await runRole(at, { role: 'developer' });
    const {
      usage,
      modelUsage,
      total_cost_usd: totalUsd,
    } = resultOf(events) as unknown as {
      usage: Record<string, number>;
      modelUsage: Record<string, { inputTokens: number; outputTokens: number; costUSD: number }>;
      total_cost_usd: number;
    };
    const messages = events
      .filter((event) => event.type === 'assistant')
      .map((event) => event['message'] as { id: string; usage: Record<string, number> });
    const outputTokens = new Map(messages.map(({ id, usage: one }) => [id, one['output_tokens']]));
    const sum = [...outputTokens.values()].reduce<number>((total, one) => total + (one ?? 0), 0);
    expect(messages.length).toBeGreaterThan(outputTokens.size);
    expect(sum).toBe(usage['output_tokens']);
    expect(modelUsage['claude-opus-5']).toMatchObject({
      inputTokens: usage['input_tokens'],
      outputTokens: usage['output_tokens'],
    });
    const costsUsd = Object.values(modelUsage).map(({ costUSD }) => costUSD);
    expect(costsUsd.reduce((total, one) => total + one, 0)).toBeCloseTo(totalUsd, 6);
  });

  it('costs the same for the same role and scenario, like a real model would', async () => {
    await using at = await makeWorkFolder();
    const costOf = async (role: string) =>
      resultOf(await runRole(at, { role }))['total_cost_usd'] as unknown as number;
    expect(await costOf('analyst')).toBeCloseTo(0.35, 1);
    expect(await costOf('developer')).toBeCloseTo(1.9, 1);
    expect(await costOf('developer')).toBe(await costOf('developer'));
  });

  it('prints only the result as json, only its text as text', async () => {
    await using at = await makeWorkFolder();
    const prompt = await writeTask(at, { role: 'deployer' });
    const printAs = async (format: string) =>
      (await startAgent(['-p', '--output-format', format], { cwd: at.tree, prompt })).stdout;
    const result = JSON.parse(await printAs('json')) as Record<string, unknown>;
    expect(result).toMatchObject({ type: 'result', subtype: 'success' });
    expect(await printAs('text')).toBe(result['result']);
  });

  it('continues a remembered session, and knows no other', async () => {
    await using at = await makeWorkFolder();
    const env = { CLAUDE_CONFIG_DIR: join(at.folder, 'config') };
    const prompt = await writeTask(at, { role: 'analyst' });
    await startAgent([...STREAM_FLAGS, '--session-id', SESSION], { cwd: at.tree, prompt, env });
    const resume = (id: string) =>
      startAgent([...STREAM_FLAGS, '--resume', id], { cwd: at.folder, prompt: 'continue', env });
    expect((await resume(SESSION)).exitCode).toBe(0);
    const unknown = await resume(SESSION.replace('3', '4'));
    expect(unknown.exitCode).toBe(1);
    expect(unknown.stderr).toMatch(/No conversation found with session ID/);
  });

  it.each([
    ['SIGTERM', 143, []],
    ['SIGINT', 1, [{ subtype: 'error_during_execution', is_error: true }]],
  ] as const)('%s ends the turn with exit code %i', async (signal, code, results) => {
    await using at = await makeWorkFolder();
    const prompt = await writeTask(at, { role: 'analyst' });
    const env = { SCRIPTED_AGENT_PACE_MS: '60000' };
    const agent = startAgent(STREAM_FLAGS, { cwd: at.tree, prompt, env });
    await once(agent.stdout, 'data');
    agent.kill(signal);
    const { exitCode, stdout } = await agent;
    expect(exitCode).toBe(code);
    const ends = readEvents(stdout).filter((event) => event.type === 'result');
    expect(ends).toMatchObject(results);
    expect(ends).toHaveLength(results.length);
  });
});
