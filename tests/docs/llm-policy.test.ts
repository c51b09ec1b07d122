import { globSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { ROLES } from '../../workflows/domain/stages.ts';
import { readPage, readTable } from './markdown.ts';

const APP = globSync('{workflows,activities,api,workers}/**/*.ts').sort();
const TRANSPORT = 'activities/agent/run-agent.ts';
const COMMANDS = 'activities/agent/prepare-launch.ts';
const ADAPTER = /^activities\/clients\/((claude|codex|command)\/|agent-adapter)/;

const rows = readTable(readPage('docs/llm-policy.md'), 'The roles');
const filesWith = (pattern: RegExp): string[] =>
  APP.filter((file) => pattern.test(readFileSync(file, 'utf8')));

/** Stage files that ask `role`. */
const askers = (role: string): string[] =>
  filesWith(new RegExp(`\\bproduce\\(\\s*ctx,\\s*'${role}'`));

describe('ORCH-118: the list of places where a model decides', () => {
  it('has every role and no other', () => {
    expect(rows.map(([role]) => role)).toEqual([...ROLES]);
  });

  it.for(rows.map(([role = '', place = '']) => [role, place] as const))(
    'says where %s is asked',
    ([role, place]) => {
      const listed = [...place.matchAll(/\(\.\.\/([^)]+)\)/g)].map(([, file = '']) => file);
      expect(place.startsWith('nowhere: ') ? [] : listed).toEqual(askers(role));
    },
  );

  it('knows every call that asks an agent', () => {
    const asking = filesWith(/\bproduce\(\s*ctx\b/).filter(
      (file) => file !== 'workflows/stages/produce.ts',
    );
    expect(asking).toEqual(ROLES.flatMap(askers).sort());
  });
});

describe('ORCH-118: the one transport', () => {
  it('is the only one that builds an agent command', () => {
    expect(filesWith(/\.build(Command|Resume)\(/)).toEqual([COMMANDS]);
    expect(filesWith(/\bagent\.command\b/)).toEqual([TRANSPORT]);
  });

  it('is the only one that knows an agent CLI by name', () => {
    const naming = filesWith(/['"`](claude|codex)['"`]|from '.*\/(claude|codex)\//).filter(
      (file) => !ADAPTER.test(file),
    );
    expect(naming).toEqual([
      'workers/agent-programs.ts',
      'workers/role-policy.ts',
      'workflows/domain/runs.ts',
    ]);
  });

  it('is not gone round by a model API', () => {
    const { dependencies } = JSON.parse(readFileSync('package.json', 'utf8')) as {
      dependencies: Record<string, string>;
    };
    const sdk = /anthropic|openai|langchain|mistral|cohere|generative-ai|bedrock|ollama|^ai$/;
    expect(Object.keys(dependencies).filter((name) => sdk.test(name))).toEqual([]);
    const calling = filesWith(/api\.(anthropic|openai|mistral)\./);
    expect(calling.filter((file) => !ADAPTER.test(file))).toEqual([]);
  });
});
