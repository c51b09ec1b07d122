import { describe, expect, it } from 'vitest';
import { toTaskId } from '../../../../workflows/domain/ids.ts';
import { ROLES } from '../../../../workflows/domain/stages.ts';
import type { Role } from '../../../../workflows/domain/stages.ts';
import { judgePath } from '../../../../workflows/domain/write-scope.ts';

const id = toTaskId('NOTE-1');
const folder = 'docs/work-items/NOTE-1';
const judge = (role: Role, path: string) => judgePath(path, { role, id });

describe('write scopes', () => {
  it.each([
    ['analyst', `${folder}/01-brd.md`],
    ['analyst', `${folder}/01-questions.md`],
    ['architect', `${folder}/06-adr/ADR-NOTE-1-001.md`],
    ['architect', 'docs/architecture.md'],
    ['architect', 'docs/architecture/overview.md'],
    ['architect', 'docs/adr/0001-x.md'],
    ['developer', 'src/app.js'],
    ['developer', 'CHANGELOG.md'],
    ['developer', 'docs/routes/notes.md'],
    ['developer', `${folder}/notes.md`],
    ['reviewer', `${folder}/12-review.md`],
    ['tester', `${folder}/13-test-report.md`],
    ['deployer', `${folder}/15-staging-log.md`],
  ] as const)('the %s may write %s', (role, path) => {
    expect(judge(role, path)).toBe('allowed');
  });

  it.each([
    ['analyst', 'src/app.js'],
    ['analyst', 'docs/architecture/overview.md'],
    ['reviewer', 'src/app.js'],
    ['architect', 'docs/architecture'],
    ['architect', 'docs/architecture.md.bak'],
    ['developer', 'docs/work-items/NOTE-2/01-brd.md'],
    ['developer', 'docs/Work-Items/NOTE-1/12-review.md'],
    ['developer', 'docs/work-items/NOTE-11/x.md'],
  ] as const)('the %s may not write %s', (role, path) => {
    expect(judge(role, path)).toBe('outside');
  });

  it.each([
    ['00-business-request.md', null],
    ['01-questions.md', 'analyst'],
    ['03-acceptance.md', 'analyst'],
    ['05-Plan.md', 'analyst'],
    ['06-adr/ADR-NOTE-1-001.md', 'architect'],
    ['08-data-requirements.md', 'architect'],
    ['10-tech-risks.md', 'architect'],
    ['12-review.md', 'reviewer'],
    ['12-Review.md', 'reviewer'],
    ['13-test-report.md', 'tester'],
    ['15-staging-log.md', 'deployer'],
    ['17-security-report.md', null],
    ['18-coverage-report.md', null],
  ] as const)('I4: %s is written by its owner alone', (name, owner) => {
    for (const role of ROLES) {
      expect(judge(role, `${folder}/${name}`)).toBe(role === owner ? 'allowed' : 'outside');
    }
  });

  it.each([
    '.ci/run',
    '.CI/run',
    '.ci',
    '.openclaw/agents/developer.md',
    '.github/workflows/ci.yml',
    '.gitea/workflows/ci.yml',
    '.claude/settings.json',
    '.mcp.json',
    'CLAUDE.md',
    'sub/folder/claude.md',
    'AGENTS.md',
    '.gitmodules',
    '.git/config',
    'sub/.git/hooks/pre-commit',
    'sub/.GIT/config',
    'sub/.git./config',
    'sub/.git /config',
    'sub/.g\u200cit/config',
    'sub/.git::$INDEX_ALLOCATION/config',
    'sub/git~1/config',
    'sub\\.git\\config',
    'sub/.claude/settings.json',
    'sub/claude.md/x',
    'CLAUDE.md ',
    '.cı/../.ci/run',
    '.gitlab-ci.yml',
    'Jenkinsfile',
    'sub/.codex/config.toml',
    'sub/.cursor/rules/x.mdc',
    'GEMINI.md',
    '../outside',
    'a/../../b',
    '/etc/passwd',
    'a//b',
    '',
  ])('I18: %j is protected even from the developer', (path) => {
    expect(judge('developer', path)).toBe('protected');
  });

  it.each(['.gitignore', '.gitattributes', '.circle/x', 'src/.cinema/x', 'docs/claude.md.txt'])(
    '%s is not',
    (path) => {
      expect(judge('developer', path)).toBe('allowed');
    },
  );
});
