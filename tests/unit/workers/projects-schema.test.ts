import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { describe, expect, it } from 'vitest';
import { ConfigurationError } from '../../../workers/env-reader.ts';
import { parseProjects } from '../../../workers/projects-schema.ts';
import { openRegistry } from '../../../workers/registry.ts';
import type { Project } from '../../../workflows/domain/project.ts';

/** A registry of one entry a key; `more` is YAML of the entry, two blanks in. */
function registryOf(entries: Record<string, { prefix: string; repo: string; more?: string }>) {
  const texts = Object.entries(entries).map(
    ([key, { prefix, repo, more = '' }]) => `
  ${key}:
    name: ${key}
    prefix: ${prefix}
    repo: ${repo}
    board: { workspace: acme, projectId: board-of-${key} }
    commands: { test: [make, test], build: [make], start: [./run] }
${more.replace(/^(?=.)/gm, '    ')}`,
  );
  return `projects:${texts.join('')}`;
}

function problemsOf(text: string): readonly string[] {
  try {
    parseProjects(text, 'projects.yaml', 'production');
  } catch (error) {
    if (error instanceof ConfigurationError) return error.problems;
    throw error;
  }
  return [];
}

function only(text: string, profile: 'production' | 'test' = 'production'): Project {
  const [project] = parseProjects(text, 'projects.yaml', profile).projects;
  if (project === undefined) throw new Error('no project');
  return project;
}

const notes = { prefix: 'NOTE', repo: 'acme/notes' };

describe('projects.yaml', () => {
  it('fills in the defaults of the product', () => {
    const { policy } = only(registryOf({ notes }));
    expect(policy).toMatchObject({
      maxReturns: 3,
      maxProducerAttempts: 2,
      confirmation: 'human',
      ciDeadlineMs: 1_800_000,
      watchWindowMs: 900_000,
      watchIntervalMs: 30_000,
      rereadMs: 30_000,
      rereadMaxMs: 300_000,
      laneRepeatMs: 300_000,
      staging: null,
      production: null,
    });
    expect(policy.roles.developer).toMatchObject({ timeoutMs: 3_600_000, effort: 'xhigh' });
    expect(policy.roles.reviewer.timeoutMs).toBe(3_000_000);
    expect(policy.roles.tester).toMatchObject({ timeoutMs: 1_800_000, model: null, effort: null });
  });

  it('shortens only waits in the test profile, no limit', () => {
    const production = only(registryOf({ notes })).policy;
    const { policy } = only(registryOf({ notes }), 'test');
    expect(policy).toMatchObject({ rereadMs: 2000, rereadMaxMs: 5000, laneRepeatMs: 5000 });
    expect(policy.maxReturns).toBe(production.maxReturns);
    expect(policy.roles).toEqual(production.roles);
  });

  it('reports every problem of every project at once', () => {
    const text = `${registryOf({
      one: { prefix: 'note', repo: 'acme', more: 'policy: { ciDeadline: 30, maxReturn: 3 }' },
    })}
  two: { name: Two }`;
    const problems = problemsOf(text).join('\n');
    for (const part of ['one.prefix', 'one.repo', 'one.policy.ciDeadline', 'two.commands']) {
      expect(problems).toContain(part);
    }
    expect(problems).toContain('maxReturn');
  });

  it('ET-006: refuses a prefix, a repository, a target or a port twice', () => {
    const more = 'targets: { prod: { port: 8602 } }';
    const problems = problemsOf(
      registryOf({
        one: { prefix: 'NOTE', repo: 'acme/notes', more },
        two: { prefix: 'NOTE', repo: 'Acme/Notes', more },
      }),
    );
    expect(problems).toEqual([
      'prefix NOTE is used twice: by one and two',
      'repo acme/notes is used twice: by one and two',
      'target prod is used twice: by one and two',
      'target port 8602 is used twice: by one and two',
    ]);
  });

  it('refuses a policy that names a target which does not exist', () => {
    const more = 'policy: { production: { target: nowhere } }';
    expect(problemsOf(registryOf({ notes: { ...notes, more } }))).toEqual([
      'notes: policy.production.target nowhere is not under targets',
    ]);
  });

  it('ORCH-010: refuses a status name that would mean two things', () => {
    const more = 'statusAliases: { Approved: [Accepted], Confirm Deploy: [accepted] }';
    expect(problemsOf(registryOf({ notes: { ...notes, more } }))).toEqual([
      'notes: status "accepted" means Approved and Confirm Deploy',
    ]);
  });

  it('has no limit of money unless one is written, and puts two dollars aside for a run', () => {
    const none = { taskUsd: null, dayUsd: null, projectUsd: null, noProgressUsd: null };
    expect(only(registryOf({ notes })).policy.budget).toEqual({ ...none, reserveUsd: 2 });
    const more = 'policy: { budget: { dayUsd: 40, taskUsd: 7.5, reserveUsd: 0.5 } }';
    const { budget } = only(registryOf({ notes: { ...notes, more } })).policy;
    expect(budget).toEqual({ ...none, dayUsd: 40, taskUsd: 7.5, reserveUsd: 0.5 });
  });

  it.for(['dayUsd: 0', 'projectUsd: -1', 'reserveUsd: 0', 'monthUsd: 5', 'taskUsd: much'])(
    'refuses the budget { %s }',
    (entry) => {
      const more = `policy: { budget: { ${entry} } }`;
      expect(problemsOf(registryOf({ notes: { ...notes, more } }))).toEqual([
        expect.stringContaining('projects.notes.policy.budget') as string,
      ]);
    },
  );

  it('gives a process target its address on this machine', () => {
    const more = 'targets: { prod: { port: 8602 } }\npolicy: { production: { target: prod } }';
    const project = only(registryOf({ notes: { ...notes, more } }));
    expect(project.policy.production).toEqual({ target: 'prod', url: 'http://127.0.0.1:8602' });
    expect(project.targets['prod']).toMatchObject({ healthTries: 10, healthIntervalMs: 6000 });
  });

  it('ORCH-074, ORCH-081: an empty or impossible model name never wipes the one below it', () => {
    const more = `policy:
  agents: { model: sonnet, effort: high }
  roles: { developer: { model: '', effort: 'x; rm -rf' }, tester: { model: haiku } }`;
    const parsed = parseProjects(registryOf({ notes: { ...notes, more } }), 'p.yaml', 'production');
    const roles = parsed.projects[0]?.policy.roles;
    expect(roles?.developer).toMatchObject({ model: 'sonnet', effort: 'high' });
    expect(roles?.tester).toMatchObject({ model: 'haiku', effort: 'high' });
    expect(parsed.warnings).toEqual([
      'notes: roles.developer.effort "x; rm -rf" is none that claude takes: skipped',
    ]);
  });

  it('ORCH-081: says once that a name for all roles cannot be used', () => {
    const more = 'policy: { agents: { effort: hard } }';
    const parsed = parseProjects(registryOf({ notes: { ...notes, more } }), 'p.yaml', 'production');
    expect(parsed.projects[0]?.policy.roles.developer.effort).toBe('xhigh');
    expect(parsed.warnings).toEqual([
      'notes: agents.effort "hard" is none that claude takes: skipped',
    ]);
  });

  it('gives a role with an agent of its own no names that were meant for another', () => {
    const more = `policy:
  agents: { model: opus, effort: max, fallbackModel: sonnet, timeout: 5m, idle: 3m }
  roles:
    developer: { agent: codex, model: gpt-5.3-codex, maxTurns: 40 }
    reviewer: { agent: codex, effort: ultracode }
    tester: { agent: command, model: opus }`;
    const parsed = parseProjects(registryOf({ notes: { ...notes, more } }), 'p.yaml', 'production');
    const roles = parsed.projects[0]?.policy.roles;
    expect(roles?.analyst).toMatchObject({
      agent: 'claude',
      model: 'opus',
      fallbackModel: 'sonnet',
    });
    expect(roles?.developer).toEqual({
      agent: 'codex',
      model: 'gpt-5.3-codex',
      effort: 'xhigh',
      fallbackModel: null,
      timeoutMs: 300_000,
      maxBudgetUsd: null,
      maxTurns: 40,
      idleMs: 180_000,
      afterResultMs: 60_000,
    });
    expect(roles?.reviewer).toMatchObject({ model: null, effort: null });
    expect(roles?.tester).toMatchObject({ agent: 'command', model: null, effort: null });
    expect(parsed.warnings).toEqual([
      'notes: roles.reviewer.effort "ultracode" is none that codex takes: skipped',
      'notes: roles.tester.model "opus" is none that command takes: skipped',
    ]);
  });
});

describe('the live registry', () => {
  it('follows its file, and keeps the last good one while the file is broken or gone', () => {
    const folder = mkdtempSync(join(tmpdir(), 'registry-'));
    const file = join(folder, 'projects.yaml');
    const log = pino({ level: 'silent' });
    try {
      expect(() => openRegistry(file, 'production', log)).toThrow('there is no such file');
      writeFileSync(file, registryOf({ notes }));
      const registry = openRegistry(file, 'production', log);
      expect(registry.byKey('notes').repo).toBe('acme/notes');
      expect(() => registry.byKey('other')).toThrow('no project "other"');

      writeFileSync(file, 'projects: [');
      expect(registry.byKey('notes').repo).toBe('acme/notes');
      expect(registry.problem()).toContain('not YAML');

      rmSync(file);
      expect(registry.all()).toHaveLength(1);
      expect(registry.problem()).toContain('no such file');

      writeFileSync(file, registryOf({ notes, other: { prefix: 'OTH', repo: 'acme/other' } }));
      expect(registry.byKey('other').prefix).toBe('OTH');
      expect(registry.problem()).toBeNull();
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
