import { readFileSync } from 'node:fs';
import { parseEnv } from 'node:util';
import { expect, it } from 'vitest';
import { CONFIG_KEYS } from '../../workers/config-keys.ts';
import {
  loadAgentsConfig,
  loadApiConfig,
  loadFlowConfig,
  loadRunnerConfig,
} from '../../workers/config.ts';
import { parseProjects } from '../../workers/projects-schema.ts';

const example = parseEnv(readFileSync('.env.example', 'utf8'));

it('.env.example names every setting there is, and no other', () => {
  expect(Object.keys(example).sort()).toEqual([...CONFIG_KEYS].sort());
});

it('every setting in the list is really read by a process', () => {
  const read = new Set<string>();
  const env = new Proxy<Record<string, string>>(
    {},
    {
      get: (_, name) => {
        read.add(String(name));
        return undefined;
      },
    },
  );
  for (const load of [loadApiConfig, loadFlowConfig, loadAgentsConfig]) {
    expect(() => load(env)).toThrow();
  }
  loadRunnerConfig(env);
  const settings = [...read].filter((name) => name.startsWith('ORCH_'));
  expect(settings.sort()).toEqual([...CONFIG_KEYS].sort());
});

it('projects.example.yaml is a registry that can be used, and states the shipped defaults', () => {
  const text = readFileSync('projects.example.yaml', 'utf8');
  const [written] = parseProjects(text, 'projects.example.yaml', 'production').projects;
  const policy = text.indexOf('    policy:');
  const onlyTargets = `${text.slice(0, policy)}    policy: { staging: { target: notes-staging }, production: { target: notes-production } }\n`;
  const [defaults] = parseProjects(onlyTargets, 'defaults', 'production').projects;
  expect(written?.policy).toEqual(defaults?.policy);
});
