import { describe, expect, it } from 'vitest';
import { ConfigurationError } from '../../../workers/env-reader.ts';
import {
  loadAgentsConfig,
  loadApiConfig,
  loadCommonConfig,
  loadFlowConfig,
} from '../../../workers/config.ts';

const common = {
  ORCH_TEMPORAL_ADDRESS: '127.0.0.1:7233',
  ORCH_LEDGER_URL: 'postgres://127.0.0.1:5432/ledger',
  ORCH_PLANE_URL: 'http://127.0.0.1:3400/',
  ORCH_GITEA_URL: 'http://127.0.0.1:3300',
};
const flow = { ...common, ORCH_PLANE_TOKEN: 'stream-key', ORCH_GITEA_TOKEN: 'forge-key' };
const agents = { ...common, ORCH_PLANE_READ_TOKEN: 'read-key', ORCH_GITEA_GIT_TOKEN: 'push-key' };

function problemsOf(load: () => unknown): readonly string[] {
  try {
    load();
  } catch (error) {
    if (error instanceof ConfigurationError) return error.problems;
    throw error;
  }
  return [];
}

describe('configuration', () => {
  it('refuses to start with every missing value in one list', () => {
    const problems = problemsOf(() => loadApiConfig({}));
    expect(problems.map((problem) => problem.split(' ')[0])).toEqual([
      'ORCH_TEMPORAL_ADDRESS',
      'ORCH_LEDGER_URL',
      'ORCH_PLANE_URL',
      'ORCH_GITEA_URL',
      'ORCH_PLANE_WEBHOOK_SECRET',
      'ORCH_GITEA_WEBHOOK_SECRET',
    ]);
  });

  it('ORCH-074: a value that is set but empty counts as unset', () => {
    const config = loadFlowConfig({
      ...flow,
      ORCH_DATA_DIR: ' ',
      ORCH_PLANE_TOKEN_ANALYST: '',
      ORCH_PLANE_TOKEN_TESTER: 'tester',
    });
    expect(config.dataDir).toMatch(/\/\.data$/);
    expect(config.board.roleTokens).toEqual({ tester: 'tester' });
  });

  it('falls back on a bad tunable and says so', () => {
    const config = loadAgentsConfig({
      ...agents,
      ORCH_AGENT_SLOTS: 'many',
      ORCH_METRICS_PORT: '-1',
    });
    expect(config).toMatchObject({ metricsAddress: null, agent: { slots: 4 } });
    expect(config.warnings).toHaveLength(2);
    expect(config.warnings.join()).toContain('ORCH_AGENT_SLOTS is invalid');
  });

  it('gives each process only its own secrets', () => {
    const everything = { ...flow, ...agents, ORCH_PLANE_WEBHOOK_SECRET: 'hook-key' };
    expect(JSON.stringify(loadAgentsConfig(everything))).not.toMatch(
      /stream-key|forge-key|hook-key/,
    );
    expect(JSON.stringify(loadFlowConfig(everything))).not.toMatch(/read-key|push-key|hook-key/);
    expect(JSON.stringify(loadCommonConfig(everything))).not.toMatch(/-key/);
  });

  it('I17: a test may only reach this machine', () => {
    const problems = problemsOf(() =>
      loadFlowConfig({
        ...flow,
        ORCH_PROFILE: 'test',
        ORCH_PLANE_URL: 'https://plane.example.com',
        ORCH_TELEGRAM_TOKEN: 't',
        ORCH_TELEGRAM_CHAT_ID: '1',
      }),
    );
    expect(problems).toEqual([
      'ORCH_PLANE_URL is https://plane.example.com: a test profile may only reach this machine',
      'ORCH_TELEGRAM_URL is https://api.telegram.org: a test profile may only reach this machine',
    ]);
  });

  it('refuses half a chat and an unknown profile', () => {
    const env = { ...flow, ORCH_TELEGRAM_TOKEN: 't', ORCH_PROFILE: 'prod' };
    const text = problemsOf(() =>
      loadFlowConfig({ ...env, ORCH_TELEGRAM_URL: 'http://127.0.0.1:1' }),
    ).join('\n');
    expect(text).toContain('must be set together');
    expect(text).toContain('ORCH_PROFILE is invalid');
  });

  it('I11: never passes a setting of ours to an agent', () => {
    const named = { ...agents, ORCH_AGENT_ENV: 'MODEL_KEY, ABSENT', MODEL_KEY: 'k' };
    expect(loadAgentsConfig(named).agent.programs.claude?.env).toEqual({ MODEL_KEY: 'k' });
    const ours = { ...agents, ORCH_AGENT_ENV: 'ORCH_GITEA_GIT_TOKEN' };
    expect(problemsOf(() => loadAgentsConfig(ours))).toHaveLength(1);
  });

  it('takes an agent command as words or as a JSON list', () => {
    const command = (text: string) =>
      loadAgentsConfig({ ...agents, ORCH_AGENT_COMMAND: text }).agent.programs.claude?.command;
    expect(command('node agent.ts')).toEqual(['node', 'agent.ts']);
    expect(command('["/opt/my agent/run", "-x"]')).toEqual(['/opt/my agent/run', '-x']);
    expect(() => command('[oops')).toThrow('not a JSON list of words');
  });

  it('has a program for Codex and for other commands where one is set', () => {
    expect(Object.keys(loadAgentsConfig(agents).agent.programs)).toEqual(['claude']);
    const { programs } = loadAgentsConfig({
      ...agents,
      ORCH_CODEX_COMMAND: 'codex',
      ORCH_CODEX_ENV: 'CODEX_API_KEY',
      CODEX_API_KEY: 'k',
      ORCH_GENERIC_COMMAND: '["make", "it so"]',
    }).agent;
    expect(programs.codex).toMatchObject({ command: ['codex'], env: { CODEX_API_KEY: 'k' } });
    expect(programs.command).toMatchObject({ command: ['make', 'it so'], env: {} });
  });

  it('takes the slots of providers by name; one that is not named has no limit', () => {
    const load = (text: string) => loadFlowConfig({ ...flow, ORCH_PROVIDER_SLOTS: text });
    expect(load('anthropic=4, openai = 2').providerSlots).toEqual({ anthropic: 4, openai: 2 });
    expect(load('').providerSlots).toEqual({});
    for (const wrong of [
      'anthropic',
      'anthropic=0',
      'anthropic=many',
      '4',
      'anthropic=4;openai=2',
    ]) {
      expect(
        problemsOf(() => load(wrong)),
        wrong,
      ).toEqual([expect.stringContaining('is not like anthropic=4') as string]);
    }
  });

  it('takes addresses without their trailing slash, public ones falling back to the private', () => {
    const config = loadCommonConfig({ ...common, ORCH_GITEA_PUBLIC_URL: 'https://git.example/' });
    expect(config.addresses).toMatchObject({
      board: 'http://127.0.0.1:3400',
      forge: 'https://git.example',
    });
  });
});
