import { describe, expect, it } from 'vitest';
import type { AgentLaunch } from '../../../../activities/clients/agent-adapter.ts';
import type { AgentName } from '../../../../workflows/domain/runs.ts';
import type { RolePolicy } from '../../../../workflows/domain/policy.ts';
import { ADAPTERS, readStream } from './recorded-run.ts';

const policy: RolePolicy = {
  agent: 'claude',
  model: null,
  effort: null,
  fallbackModel: null,
  timeoutMs: 1,
  maxBudgetUsd: null,
  maxTurns: null,
  idleMs: 1,
  afterResultMs: 1,
};
const launchOf = (
  change: Partial<RolePolicy>,
  rolePromptPath: string | null = null,
): AgentLaunch => ({
  runId: 'abc',
  policy: { ...policy, ...change },
  rolePromptPath,
  home: '/h',
});
const build = (agent: AgentName, change: Partial<RolePolicy> = {}) =>
  ADAPTERS[agent].buildCommand(launchOf(change));
const resume = (agent: AgentName, stream: string, stderrTail = '') =>
  ADAPTERS[agent].buildResume(launchOf({ model: 'm' }), {
    events: readStream(agent, stream),
    stderrTail,
  });
const after = (args: readonly string[] | undefined, flag: string) => args?.[args.indexOf(flag) + 1];

describe('the command line of Claude Code', () => {
  it('ORCH-074, ORCH-081: passes what is set, and skips a name of the wrong form', () => {
    const args = build('claude', {
      model: 'opus',
      fallbackModel: '--evil',
      effort: 'xhigh',
      maxTurns: 40,
      maxBudgetUsd: 2,
    }).args.join(' ');
    expect(args).toContain('--model opus --effort xhigh --max-turns 40 --max-budget-usd 2');
    expect(args).not.toContain('--fallback-model');
    expect(build('claude', { effort: 'hard', model: '' })).toEqual(build('claude'));
  });

  it('runs nothing the repository brings along, and shows no key to what it runs', () => {
    const { args, env } = build('claude');
    expect(args.join(' ')).toContain('--setting-sources user --settings {"disableAllHooks":true}');
    expect(args.join(' ')).toContain('--strict-mcp-config --mcp-config {"mcpServers":{}}');
    expect(after(args, '--permission-mode')).toBe('dontAsk');
    expect(args.join(' ')).not.toMatch(/dangerously|bypass/);
    expect(env).toMatchObject({ CLAUDE_CODE_SUBPROCESS_ENV_SCRUB: '1', TZ: 'UTC' });
  });

  it('names the same session in every attempt', () => {
    const session = (change: Partial<RolePolicy>) =>
      after(build('claude', change).args, '--session-id');
    expect(session({})).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-8[0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(session({})).toBe(session({ model: 'opus' }));
  });

  it('goes on with the session of the stream and gives every other flag again', () => {
    const resumed = resume('claude', 'no-result');
    expect(resumed?.stdin).toEqual({ text: 'continue' });
    expect(after(resumed?.args, '--resume')).toBe('5b1d6d0e-3c1c-4d52-8a35-0e3f0c8b7a11');
    expect(resumed?.args).not.toContain('--session-id');
    const fresh = build('claude', { model: 'm' }).args;
    const session = new Set(['--session-id', after(fresh, '--session-id')]);
    expect(resumed?.args).toEqual(
      expect.arrayContaining(fresh.filter((argument) => !session.has(argument))),
    );
  });

  it('starts over when no session began, or the CLI does not know it', () => {
    expect(resume('claude', 'nothing')).toBeNull();
    const unknown = 'No conversation found with session ID: 5b1d6d0e';
    expect(resume('claude', 'no-result', unknown)).toBeNull();
  });

  it('starts over when the session is full', () => {
    expect(resume('claude', 'long-prompt')).toBeNull();
    expect(resume('claude', 'long-prompt-text')).toBeNull();
  });
});

describe('the command line of Codex', () => {
  it('ORCH-074, ORCH-081: passes what is set, and skips a name of the wrong form', () => {
    const { args } = build('codex', { model: 'gpt-5.3-codex', effort: 'xhigh' });
    expect(args.join(' ')).toContain('-c model_reasoning_effort="xhigh" --model gpt-5.3-codex -');
    expect(build('codex', { effort: 'ultracode', model: '-m' })).toEqual(build('codex'));
  });

  it('reads no settings, rules or instructions of the repository, and keeps its own sandbox', () => {
    const args = build('codex').args.join(' ');
    expect(args).toContain('exec --json --skip-git-repo-check --ignore-user-config --ignore-rules');
    expect(args).toContain('-c sandbox_mode="workspace-write"');
    expect(args).toContain('-c project_doc_max_bytes=0');
    expect(args).toContain('-c shell_environment_policy.ignore_default_excludes=false');
    expect(args).not.toMatch(/dangerously|bypass/);
  });

  it('reads the role and the prompt on standard input', () => {
    expect(build('codex').stdin).toBe('role and prompt');
    expect(build('codex').args.at(-1)).toBe('-');
  });

  it('goes on with the thread of the stream, its flags before the subcommand', () => {
    const resumed = resume('codex', 'no-result');
    expect(resumed?.args.slice(-3)).toEqual([
      'resume',
      '0199a213-81c0-7800-8aa1-bbab2a035a53',
      '-',
    ]);
    expect(resumed?.args.slice(0, -3)).toEqual(build('codex', { model: 'm' }).args.slice(0, -1));
    expect(resumed?.stdin).toEqual({ text: 'continue' });
  });

  it('starts over when no thread began, or the CLI does not know it', () => {
    expect(resume('codex', 'nothing')).toBeNull();
    expect(resume('codex', 'no-result', 'No saved session found with ID 0199a213')).toBeNull();
    expect(resume('codex', 'long-prompt')).toBeNull();
  });
});

describe('a command', () => {
  it('gets the role and the prompt, no arguments, and cannot go on', () => {
    expect(build('command', { model: 'm', effort: 'high', maxTurns: 4 })).toEqual({
      args: [],
      env: {},
      stdin: 'role and prompt',
    });
    expect(resume('command', 'finished')).toBeNull();
    expect(Object.values(ADAPTERS.command.capabilities)).not.toContain(true);
  });
});

describe('every adapter', () => {
  it.each(['claude', 'codex', 'command'] as const)('of %s answers under its own name', (name) => {
    expect(ADAPTERS[name].name).toBe(name);
  });

  it('never takes a flag for a name', () => {
    for (const adapter of Object.values(ADAPTERS)) {
      expect(adapter.accepts('model', '--evil')).toBe(false);
      expect(adapter.accepts('effort', '')).toBe(false);
    }
  });
});
